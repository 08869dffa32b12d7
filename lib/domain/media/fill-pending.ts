import { forbidden, MatrixError, notFound } from '../../spec/errors.ts';
import { fillPending as fillRow, getMedia } from '../../storage/media/media.ts';
import type { Context } from '../context.ts';
import { boundedBody } from './bounded-body.ts';
import type { MediaLocation } from './media-location.ts';
import { storeBlob } from './store-blob.ts';
import type { Upload } from './upload-file.ts';
import { uploadWaitersOf } from './upload-waiters.ts';

/**
 * Stores the file of an id that was made before. Of several uploads to one id the first that ends wins.
 * @throws MatrixError 404 M_NOT_FOUND (unknown or expired), 403 M_FORBIDDEN (somebody else's),
 *   409 M_CANNOT_OVERWRITE_MEDIA (there is a file), 413 M_TOO_LARGE, 400 M_UNKNOWN when the client goes away
 */
export async function fillPending(ctx: Context, location: MediaLocation, upload: Upload): Promise<void> {
  const { serverName, mediaId } = location;
  const { userId, contentType, fileName } = upload;
  await checkPending(ctx, location, userId);
  const body = boundedBody(upload.body, ctx.config.limits.maxUploadBytes);
  const needsToken = !ctx.config.media.unauthenticatedDownloads;
  await storeBlob(ctx, `local/${mediaId}`, body, contentType, async (blob) => {
    const file = { serverName, mediaId, userId, contentType, fileName, needsToken, ...blob };
    if (await fillRow(ctx.db, file)) return true;
    await checkPending(ctx, location, userId);
    return false;
  });
  uploadWaitersOf(ctx).uploaded(mediaId);
}

async function checkPending(ctx: Context, { serverName, mediaId }: MediaLocation, userId: string): Promise<void> {
  const row = serverName === ctx.serverName ? await getMedia(ctx.db, serverName, mediaId) : undefined;
  if (!row) throw notFound('No such id was made here.');
  if (row.userId !== userId) throw forbidden('This id was made by somebody else.');
  if (row.blobKey !== null) {
    throw new MatrixError(409, 'M_CANNOT_OVERWRITE_MEDIA', 'There is a file under this id already.');
  }
  if (row.expiresTs !== null && row.expiresTs <= ctx.clock.now()) throw notFound('This id has expired.');
}
