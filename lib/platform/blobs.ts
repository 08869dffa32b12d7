import type { ReadableStream } from 'node:stream/web';

/** What is known of a stored object without reading it. */
export interface BlobInfo {
  /** Bytes of the whole object. */
  size: number;
  contentType: string;
}

/** Bytes `start` to `end` of an object, both included; without `end` to its last byte. */
export interface BlobRange {
  start: number;
  end?: number;
}

/** An object's bytes (or the range asked for) as a stream; `size` is always that of the whole object. */
export interface BlobBody extends BlobInfo {
  body: ReadableStream<Uint8Array>;
  /** Set when a range was asked for: the bytes that `body` carries. */
  range?: Required<BlobRange>;
}

/** Settings of {@link Blobs.put}. */
export interface PutBlobOptions {
  contentType: string;
  /** The size that the sender announced, in bytes; a body of another size is refused. */
  size?: number;
}

/**
 * Stores objects under keys: `/`-separated segments of letters, digits, `.`, `_`, `-` (at most 512 characters, no segment
 * starts with a dot). Bodies stream both ways and are never held whole in memory. Other keys: {@link InvalidBlobKeyError}.
 */
export interface Blobs {
  /**
   * Stores or replaces an object. It appears whole or not at all.
   *
   * @returns its size in bytes and the SHA-256 of its bytes in lower-case hex.
   * @throws the body's own error, or {@link BlobSizeError}.
   */
  put(
    key: string,
    body: ReadableStream<Uint8Array> | Uint8Array,
    options: PutBlobOptions,
  ): Promise<{ size: number; sha256: string }>;

  /**
   * Opens an object, undefined when there is none. An `end` beyond the object is cut to it.
   *
   * @throws BlobRangeError when the range starts beyond the end.
   */
  get(key: string, options?: { range?: BlobRange }): Promise<BlobBody | undefined>;

  /** Size and type of an object, undefined when there is none. */
  head(key: string): Promise<BlobInfo | undefined>;

  /** Removes an object; none there is no error. */
  delete(key: string): Promise<void>;

  /** Every object whose key starts with `prefix`, in no particular order. */
  list(prefix: string): AsyncIterable<{ key: string; size: number }>;
}

/** The key has characters or segments that no adapter accepts. */
export class InvalidBlobKeyError extends Error {
  override readonly name = 'InvalidBlobKeyError';
}

/** The body was larger or smaller than announced. */
export class BlobSizeError extends Error {
  override readonly name = 'BlobSizeError';
}

/** The range starts beyond the end of the object. */
export class BlobRangeError extends Error {
  override readonly name = 'BlobRangeError';
}

const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** Throws {@link InvalidBlobKeyError} for a key that {@link Blobs} does not allow. */
export function checkBlobKey(key: string): void {
  if (key.length > 512 || !KEY.test(key)) throw new InvalidBlobKeyError('the key of a stored object is not acceptable');
}

/** The bytes that a range means on an object of `size` bytes. Throws {@link BlobRangeError}. */
export function resolveRange(range: BlobRange, size: number): Required<BlobRange> {
  const end = Math.min(range.end ?? size - 1, size - 1);
  if (range.start < 0 || range.start > end) throw new BlobRangeError('the range starts beyond the end of the object');
  return { start: range.start, end };
}
