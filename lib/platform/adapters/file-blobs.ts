import { createHash, randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web';
import {
  type BlobBody,
  type BlobInfo,
  type BlobRange,
  BlobSizeError,
  type Blobs,
  checkBlobKey,
  InvalidBlobKeyError,
  type PutBlobOptions,
  resolveRange,
} from '../blobs.ts';

// Keys have no tilde: these names are ours. Shards keep directories small.
const DRAFTS = '~drafts';
const TYPE = '~type';
const SHARD = /^~[0-9a-f]{3}$/;
const READ_BYTES = 128 * 1024;
const ABANDONED_MS = 24 * 3_600_000;

/** Objects as files below a directory. A file appears by renaming, after its bytes are on the disk. */
export class FileBlobs implements Blobs {
  readonly #directory: string;
  #prepared: Promise<void> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async put(key: string, body: ReadableStream<Uint8Array> | Uint8Array, options: PutBlobOptions) {
    const path = this.#path(key);
    this.#prepared ??= this.#prepare();
    await this.#prepared;
    const hash = createHash('sha256');
    let size = 0;
    const draft = await this.#write(async (file) => {
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        size += chunk.byteLength;
        if (size > (options.size ?? size)) break;
        hash.update(chunk);
        await file.writeFile(chunk);
      }
      if (size !== (options.size ?? size))
        throw new BlobSizeError(`the body is not of the announced ${options.size} bytes`);
    });
    const type = await this.#write((file) => file.writeFile(options.contentType));
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // The object exists once its own file does, so its type goes first.
    await rename(type, path + TYPE);
    await rename(draft, path);
    await syncDirectory(dirname(path));
    return { size, sha256: hash.digest('hex') };
  }

  async get(key: string, options: { range?: BlobRange } = {}): Promise<BlobBody | undefined> {
    const path = this.#path(key);
    const file = await open(path, 'r').catch(ifMissing);
    if (!file) return undefined;
    try {
      const { size } = await file.stat();
      const contentType = await readType(path);
      const range = options.range ? resolveRange(options.range, size) : undefined;
      return { size, contentType, range, body: bytesOf(file, range ?? { start: 0, end: size - 1 }) };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async head(key: string): Promise<BlobInfo | undefined> {
    const path = this.#path(key);
    const found = await stat(path).catch(ifMissing);
    return found && { size: found.size, contentType: await readType(path) };
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    await rm(path, { force: true });
    await rm(path + TYPE, { force: true });
  }

  async *list(prefix: string): AsyncIterable<{ key: string; size: number }> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (folder !== '') checkBlobKey(folder.slice(0, -1));
    if (/[^A-Za-z0-9._/-]/.test(prefix)) throw new InvalidBlobKeyError('no key starts like this');
    for await (const key of this.#walk(folder)) {
      if (!key.startsWith(prefix)) continue;
      const found = await stat(this.#path(key)).catch(ifMissing);
      if (found) yield { key, size: found.size };
    }
  }

  async *#walk(folder: string): AsyncIterable<string> {
    const entries: Dirent[] =
      (await readdir(join(this.#directory, folder), { withFileTypes: true }).catch(ifMissing)) ?? [];
    for (const { name } of entries) {
      if (SHARD.test(name)) {
        const files = (await readdir(join(this.#directory, folder, name)).catch(ifMissing)) ?? [];
        for (const file of files) if (!file.endsWith(TYPE)) yield folder + file;
      } else if (!name.startsWith('~')) {
        yield* this.#walk(`${folder}${name}/`);
      }
    }
  }

  #path(key: string): string {
    checkBlobKey(key);
    const shard = createHash('sha256').update(key).digest('hex').slice(0, 3);
    return join(this.#directory, dirname(key), `~${shard}`, key.slice(key.lastIndexOf('/') + 1));
  }

  /** Writes a file aside and syncs it; leaves nothing when `body` throws. Returns its path. */
  async #write(body: (file: FileHandle) => Promise<void>): Promise<string> {
    const path = join(this.#directory, DRAFTS, randomBytes(12).toString('hex'));
    const file = await open(path, 'wx', 0o600);
    try {
      await body(file);
      await file.sync();
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return path;
  }

  async #prepare(): Promise<void> {
    const drafts = join(this.#directory, DRAFTS);
    await mkdir(drafts, { recursive: true, mode: 0o700 });
    for (const name of await readdir(drafts)) {
      const draft = await stat(join(drafts, name)).catch(ifMissing);
      if (draft && Date.now() - draft.mtimeMs > ABANDONED_MS) await rm(join(drafts, name), { force: true });
    }
  }
}

/** The bytes of an open file, read when they are asked for; closes it at the end. Half the CPU time of a file stream. */
function bytesOf(file: FileHandle, { start, end }: Required<BlobRange>): ReadableStream<Uint8Array> {
  let at = start;
  const read = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (at <= end) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(Math.min(READ_BYTES, end + 1 - at)), {
        position: at,
      });
      if (bytesRead === 0) throw new Error('the file of a stored object became shorter');
      at += bytesRead;
      controller.enqueue(buffer.subarray(0, bytesRead));
    }
    if (at <= end) return;
    await file.close();
    controller.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        read(controller).catch(async (error) => {
          await file.close().catch(() => {});
          throw error;
        }),
      cancel: () => file.close(),
    },
    { highWaterMark: 0 },
  );
}

async function readType(path: string): Promise<string> {
  return (await readFile(path + TYPE, 'utf8').catch(ifMissing)) ?? 'application/octet-stream';
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
