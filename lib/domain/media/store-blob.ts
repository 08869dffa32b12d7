import type { ReadableStream } from 'node:stream/web';
import { randomString } from '../../spec/ids.ts';
import { insertLooseBlob, takeLooseBlob } from '../../storage/media/loose-blobs.ts';
import type { Context } from '../context.ts';

/** An object that has been written and that `finish` made something refer to. */
export interface StoredBlob {
  blobKey: string;
  /** In bytes. */
  size: number;
  sha256: Buffer;
}

/**
 * Streams a body into an object of its own and lets `finish` refer to it. When anything fails the object is removed
 * again; when the process dies, `prune-pending-uploads` does it.
 * @param name what the object's key starts with, such as `local/<media id>`.
 * @param finish false when nothing refers to the object because it is no loose one any more.
 * @throws what the body or `finish` throws
 */
export async function storeBlob(
  ctx: Pick<Context, 'db' | 'blobs' | 'clock'>,
  name: string,
  body: ReadableStream<Uint8Array>,
  contentType: string,
  finish: (blob: StoredBlob) => Promise<boolean>,
): Promise<void> {
  const blobKey = `${name}.${randomString(8)}`;
  await insertLooseBlob(ctx.db, blobKey, ctx.clock.now());
  try {
    const { size, sha256 } = await ctx.blobs.put(blobKey, body, { contentType });
    if (await finish({ blobKey, size, sha256: Buffer.from(sha256, 'hex') })) return;
    await ctx.blobs.delete(blobKey);
    throw new Error('the upload took so long that it was given up');
  } catch (error) {
    // When this fails too, the loose row is still there for the pruner.
    await takeLooseBlob(ctx.db, blobKey, () => ctx.blobs.delete(blobKey)).catch(() => {});
    throw error;
  }
}
