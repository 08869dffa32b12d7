import { takeLooseBlobs } from '../../storage/media/loose-blobs.ts';
import { dropFetched } from '../../storage/media/media.ts';
import { prunePending } from '../../storage/media/pending.ts';
import type { Context } from '../context.ts';
import { FETCHED_LIFETIME_MS, LONGEST_UPLOAD_MS } from './limits.ts';

const BATCH = 100;

/**
 * Removes ids whose file never came, files of other servers after a while, and objects that uploads left behind when a process died. The job
 * `prune-pending-uploads` of the media unit.
 */
export async function pruneUploads(ctx: Pick<Context, 'db' | 'blobs' | 'clock'>): Promise<void> {
  const before = ctx.clock.now() - LONGEST_UPLOAD_MS;
  // Uploads that began in time may still end.
  await prunePending(ctx.db, before);
  while ((await dropFetched(ctx.db, ctx.clock.now() - FETCHED_LIFETIME_MS, BATCH)) === BATCH);
  while ((await takeLooseBlobs(ctx.db, before, BATCH, (key) => ctx.blobs.delete(key))) === BATCH);
}
