import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import {
  type BlobBody,
  type BlobInfo,
  type BlobRange,
  BlobRangeError,
  BlobSizeError,
  type Blobs,
  checkBlobKey,
  type PutBlobOptions,
} from '../blobs.ts';

const PART_BYTES = 8 * 1024 * 1024;
const UNKNOWN_TYPE = 'application/octet-stream';

/** Settings of {@link S3Blobs}. */
export interface S3BlobsOptions {
  client: S3Client;
  bucket: string;
  /** Put before every key, such as `media/`. Default none. */
  prefix?: string;
}

/** Objects in a bucket of S3. Large bodies go up in parts, two of 8 MiB at a time; a failed upload leaves no parts. */
export class S3Blobs implements Blobs {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(options: S3BlobsOptions) {
    this.#client = options.client;
    this.#bucket = options.bucket;
    this.#prefix = options.prefix ?? '';
  }

  async put(key: string, body: ReadableStream<Uint8Array> | Uint8Array, options: PutBlobOptions) {
    const target = this.#target(key);
    const hash = createHash('sha256');
    let size = 0;
    let failure: unknown;
    async function* measured() {
      try {
        for await (const chunk of body instanceof Uint8Array ? [body] : body) {
          size += chunk.byteLength;
          if (size > (options.size ?? size)) break;
          hash.update(chunk);
          yield chunk;
        }
        if (size !== (options.size ?? size)) {
          throw new BlobSizeError(`the body is not of the announced ${options.size} bytes`);
        }
      } catch (error) {
        failure = error;
        throw error;
      }
    }
    const upload = new Upload({
      client: this.#client,
      params: { ...target, Body: Readable.from(measured(), { objectMode: false }), ContentType: options.contentType },
      partSize: PART_BYTES,
      queueSize: 2,
      leavePartsOnError: false,
    });
    try {
      await upload.done();
    } catch (error) {
      throw failure ?? error;
    }
    return { size, sha256: hash.digest('hex') };
  }

  async get(key: string, options: { range?: BlobRange } = {}): Promise<BlobBody | undefined> {
    const { range } = options;
    if (range && (range.start < 0 || (range.end ?? range.start) < range.start)) {
      throw new BlobRangeError('the range ends before it starts');
    }
    try {
      const found = await this.#client.send(
        new GetObjectCommand({
          ...this.#target(key),
          Range: range && `bytes=${range.start}-${range.end ?? ''}`,
        }),
      );
      const cut = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(found.ContentRange ?? '');
      return {
        body: found.Body!.transformToWebStream() as ReadableStream<Uint8Array>,
        size: Number(cut?.[3] ?? found.ContentLength),
        contentType: found.ContentType ?? UNKNOWN_TYPE,
        range: range && cut ? { start: Number(cut[1]), end: Number(cut[2]) } : undefined,
      };
    } catch (error) {
      if (status(error) === 416) throw new BlobRangeError('the range starts beyond the end of the object');
      return ifMissing(error);
    }
  }

  async head(key: string): Promise<BlobInfo | undefined> {
    try {
      const found = await this.#client.send(new HeadObjectCommand(this.#target(key)));
      return { size: found.ContentLength ?? 0, contentType: found.ContentType ?? UNKNOWN_TYPE };
    } catch (error) {
      return ifMissing(error);
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#target(key)));
  }

  async *list(prefix: string): AsyncIterable<{ key: string; size: number }> {
    const query = { Bucket: this.#bucket, Prefix: this.#prefix + prefix };
    for await (const page of paginateListObjectsV2({ client: this.#client }, query)) {
      for (const found of page.Contents ?? []) {
        yield { key: found.Key!.slice(this.#prefix.length), size: found.Size ?? 0 };
      }
    }
  }

  #target(key: string): { Bucket: string; Key: string } {
    checkBlobKey(key);
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }
}

function status(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function ifMissing(error: unknown): undefined {
  if (status(error) === 404 && (error as Error).name !== 'NoSuchBucket') return undefined;
  throw error;
}
