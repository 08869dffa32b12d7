import { z } from 'zod';
import type { Context } from '../../../domain/context.ts';
import { deleteMedia } from '../../../domain/media/delete-media.ts';
import { chooseMedia } from '../../../storage/admin/media.ts';
import { choiceParameter, momentParameter } from '../query.ts';

const MOST = 10_000;

/** Which files of this server are to be deleted. */
export const deleteOldQuery = z.object({
  before_ts: momentParameter,
  size_gt: momentParameter.default(0),
  keep_profiles: choiceParameter,
});

/** Deletes files of this server by age and size; avatars only when that is asked for. */
export async function deleteOld(ctx: Context, query: z.output<typeof deleteOldQuery>) {
  const files = await chooseMedia(ctx.db, {
    serverName: ctx.serverName,
    before: query.before_ts,
    largerThan: query.size_gt,
    keepProfiles: query.keep_profiles ?? true,
    limit: MOST,
  });
  const deleted = await deleteMedia(ctx, files);
  return { deleted_media: deleted, total: deleted.length };
}
