import type { ReadableStream } from 'node:stream/web';
import { randomString } from '../../spec/ids.ts';
import { LETTERS } from '../../spec/random.ts';
import { insertUploaded } from '../../storage/media/media.ts';
import type { Context } from '../context.ts';
import { boundedBody } from './bounded-body.ts';
import type { MediaLocation } from './media-location.ts';
import { storeBlob } from './store-blob.ts';

/** A file on its way in. */
export interface Upload {
  userId: string;
  contentType: string;
  fileName: string | null;
  body: ReadableStream<Uint8Array> | null;
}

/** A new id for a file of this server. */
export function newMediaId(): string {
  return randomString(24, LETTERS);
}

/**
 * Stores a file under a new id. The bytes are on the disk, and the row in the database, when this returns.
 * @throws MatrixError 413 M_TOO_LARGE, 400 M_UNKNOWN when the client goes away in the middle
 */
export async function uploadFile(ctx: Context, upload: Upload): Promise<MediaLocation> {
  const { serverName } = ctx;
  const { userId, contentType, fileName } = upload;
  const mediaId = newMediaId();
  const body = boundedBody(upload.body, ctx.config.limits.maxUploadBytes);
  const needsToken = !ctx.config.media.unauthenticatedDownloads;
  await storeBlob(ctx, `local/${mediaId}`, body, contentType, async (blob) => {
    const file = { serverName, mediaId, userId, contentType, fileName, needsToken, ...blob };
    return insertUploaded(ctx.db, file, ctx.clock.now());
  });
  return { serverName, mediaId };
}
