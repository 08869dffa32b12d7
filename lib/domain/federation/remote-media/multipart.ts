import { ReadableStream } from 'node:stream/web';

/** A part of a multipart answer. */
export interface Part {
  /** Lower-case names. */
  headers: Record<string, string>;
  /** Must be read to its end before the next part. */
  body: ReadableStream<Uint8Array>;
}

const MOST_HEADER_BYTES = 16 * 1024;

/** The boundary in a `multipart/mixed` content type; undefined for any other. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/mixed\s*;/i.test(contentType)) return undefined;
  const match = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/**
 * The parts of a multipart body (RFC 2046), each streamed; the caller reads one before it asks for the next.
 * @throws Error when the body is not made of such parts
 */
export class MultipartReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #boundary: Buffer;
  #rest: Buffer;
  /** The part before has been read to its end. */
  #atBoundary = false;

  constructor(body: ReadableStream<Uint8Array>, boundary: string) {
    this.#reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    this.#boundary = Buffer.from(`\r\n--${boundary}`);
    // So that the first boundary, which may stand at the very beginning, looks like the others.
    this.#rest = Buffer.from('\r\n');
  }

  /** The next part; undefined after the last. */
  async next(): Promise<Part | undefined> {
    while (!this.#atBoundary) await this.#piece();
    this.#atBoundary = false;
    await this.#fill(2);
    if (this.#rest.subarray(0, 2).toString() === '--') return undefined;
    return { headers: await this.#headers(), body: this.#body() };
  }

  /** Gives the rest up. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  #body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const piece = await this.#piece();
          if (piece) controller.enqueue(piece);
          else controller.close();
        },
        cancel: () => this.cancel(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Some bytes before the next boundary; undefined when it is reached, which is taken off then. */
  async #piece(): Promise<Buffer | undefined> {
    for (;;) {
      const at = this.#rest.indexOf(this.#boundary);
      if (at > 0) return this.#take(at);
      if (at === 0) {
        this.#take(this.#boundary.length);
        this.#atBoundary = true;
        return undefined;
      }
      // The end may be the beginning of a boundary.
      const sure = this.#rest.length - this.#boundary.length;
      if (sure > 0) return this.#take(sure);
      await this.#more();
    }
  }

  async #headers(): Promise<Record<string, string>> {
    let end = this.#rest.indexOf('\r\n\r\n');
    while (end < 0) {
      if (this.#rest.length > MOST_HEADER_BYTES) throw new Error('the headers of a part are too long');
      await this.#more();
      end = this.#rest.indexOf('\r\n\r\n');
    }
    const lines = this.#rest.subarray(0, end).toString('latin1').split('\r\n');
    // What stays begins with a line break, so that an empty part ends at once.
    this.#take(end + 2);
    await this.#fill(this.#boundary.length);
    if (this.#rest.indexOf(this.#boundary) !== 0) this.#take(2);
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
    }
    return headers;
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async #fill(length: number): Promise<void> {
    while (this.#rest.length < length) await this.#more();
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#reader.read();
    if (done) throw new Error('the body ends within a part');
    this.#rest = this.#rest.length === 0 ? Buffer.from(value) : Buffer.concat([this.#rest, value]);
  }
}
