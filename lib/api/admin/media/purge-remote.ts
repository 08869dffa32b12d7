import { z } from 'zod';
import { deleteMedia } from '../../../domain/media/delete-media.ts';
import { chooseRemoteMedia } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { momentParameter } from '../query.ts';

const BATCH = 100;

/** Deletes copies of other servers' files that were not used since a moment. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/purge_media_cache',
  auth: 'admin',
  query: z.object({ before_ts: momentParameter }),
  async handle(ctx, { query, signal }) {
    let deleted = 0;
    while (!signal.aborted) {
      const files = await chooseRemoteMedia(ctx.db, ctx.serverName, query.before_ts, BATCH);
      deleted += (await deleteMedia(ctx, files)).length;
      if (files.length < BATCH) break;
    }
    return { deleted };
  },
});
