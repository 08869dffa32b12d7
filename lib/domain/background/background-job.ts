import { randomString } from '../../spec/random.ts';
import { insertJob, type JobRow } from '../../storage/admin/jobs.ts';
import type { Context } from '../context.ts';

/** What a job can do while it runs. */
export interface JobControl {
  /** What it had written down before it was interrupted: a JSON object. */
  readonly result: Record<string, unknown>;
  /** Writes down how far it has come, for whoever asks and for going on later. */
  save(result: Record<string, unknown>): Promise<void>;
  /** Throws when the unit ends: the job goes on where it is started next. */
  proceed(): void;
}

/**
 * A kind of long work. It is run from the start whenever it was interrupted, so every step has to bear repetition.
 * Throwing means to try again later, a MatrixError that it cannot be done.
 */
export type JobHandler = (ctx: Context, params: Record<string, unknown>, control: JobControl) => Promise<void>;

const wakes = new WeakMap<Context['db'], Set<() => void>>();

/** Hands a job to the background unit. Returns its id. */
export async function startJob(
  ctx: Context,
  job: { action: string; resource: string | null; params: object },
): Promise<string> {
  const jobId = randomString(16);
  const { action, resource, params } = job;
  await insertJob(ctx.db, { jobId, action, resource, params: JSON.stringify(params) }, ctx.clock.now());
  for (const wake of wakes.get(ctx.db) ?? []) wake();
  return jobId;
}

/** Calls `wake` when a job was added by this process. The answer ends that. */
export function onNewJob(ctx: Context, wake: () => void): () => void {
  const set = wakes.get(ctx.db) ?? new Set();
  wakes.set(ctx.db, set.add(wake));
  return () => set.delete(wake);
}

/** A job's result as an object. */
export function resultOf(job: JobRow): Record<string, unknown> {
  return JSON.parse(job.result) as Record<string, unknown>;
}
