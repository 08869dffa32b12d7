import { limitExceeded } from '../../spec/errors.ts';
import { insertPending } from '../../storage/media/pending.ts';
import type { Context } from '../context.ts';
import { MOST_PENDING, PENDING_LIFETIME_MS } from './limits.ts';
import type { MediaLocation } from './media-location.ts';
import { newMediaId } from './upload-file.ts';

/**
 * Makes an id for a file that comes later, and says until when it may (milliseconds since the epoch).
 * @throws MatrixError 429 M_LIMIT_EXCEEDED when the user has too many such ids
 */
export async function createPending(ctx: Context, userId: string): Promise<MediaLocation & { expiresTs: number }> {
  const now = ctx.clock.now();
  const location = { serverName: ctx.serverName, mediaId: newMediaId() };
  const expiresTs = now + PENDING_LIFETIME_MS;
  const first = await insertPending(ctx.db, { ...location, userId, createdTs: now, expiresTs }, MOST_PENDING);
  if (first !== undefined) throw limitExceeded(first - now);
  return { ...location, expiresTs };
}
