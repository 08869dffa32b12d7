import { forgetMedia, type ListedMedia } from '../../storage/admin/media.ts';
import { takeLooseBlob } from '../../storage/media/loose-blobs.ts';
import type { Context } from '../context.ts';

/** Deletes files with their objects. What stops on the way is removed by `prune-pending-uploads`. Returns their ids. */
export async function deleteMedia(ctx: Context, files: readonly ListedMedia[]): Promise<string[]> {
  for (const file of files) {
    await ctx.db.tx((tx) => forgetMedia(tx, file, ctx.clock.now()));
    const { blobKey } = file;
    if (blobKey !== null) await takeLooseBlob(ctx.db, blobKey, () => ctx.blobs.delete(blobKey));
  }
  return files.map((file) => file.mediaId);
}
