import { Worker } from 'node:worker_threads';
import type { Database } from '../../../storage/database.ts';
import { diffGroups } from './group-diff.ts';
import { isLarge, type Resolution, type ResolveJob, resolve } from './resolver.ts';

const IDLE_MS = 60_000;

interface Waiting {
  resolve(resolution: Resolution): void;
  reject(error: Error): void;
}

/** Resolves states: small ones at once, large ones in a thread that is started when one comes and ends when none does. */
export class ResolverPool {
  readonly #db: Database;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  /** How many resolutions went to the thread. */
  large = 0;
  /** How many were done. */
  done = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  async resolve(job: ResolveJob): Promise<Resolution> {
    this.done++;
    const diff = await diffGroups(this.#db, job.from ? [...job.groups, job.from] : job.groups);
    if (!isLarge(diff)) return resolve(this.#db, job, diff);
    this.large++;
    return this.#resolveInThread(job);
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#fail(new Error('state resolution was stopped'));
  }

  #resolveInThread(job: ResolveJob): Promise<Resolution> {
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    const id = ++this.#lastId;
    return new Promise<Resolution>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker?.postMessage({ id, job });
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./resolver-worker.ts', import.meta.url), { workerData: { url: this.#db.url } });
    worker.unref();
    worker.on('message', ({ id, resolution, error }: { id: number; resolution?: Resolution; error?: string }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (resolution) waiting?.resolve(resolution);
      else waiting?.reject(new Error(error));
      if (this.#waiting.size === 0) this.#restSoon();
    });
    const gone = (error: Error) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#fail(error);
    };
    worker.on('error', (error) => gone(error as Error));
    worker.on('exit', () => gone(new Error('the thread of state resolution has ended')));
    return worker;
  }

  #restSoon(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const worker = this.#worker;
      this.#worker = undefined;
      void worker?.terminate();
    }, IDLE_MS);
    this.#idle.unref();
  }

  #fail(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
