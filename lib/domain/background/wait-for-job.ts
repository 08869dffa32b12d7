import { setTimeout as sleep } from 'node:timers/promises';
import { MatrixError } from '../../spec/errors.ts';
import { getJob, type JobRow } from '../../storage/admin/jobs.ts';
import type { Context } from '../context.ts';
import { resultOf } from './background-job.ts';

/** Answers have to be on their way before gateways give up. */
const LONGEST_MS = 25_000;
const LONGEST_NAP_MS = 500;

/** A job of one kind by its id. */
export async function findJob(ctx: Context, action: string, jobId: string): Promise<JobRow | undefined> {
  const job = jobId.includes('\0') ? undefined : await getJob(ctx.db, jobId);
  return job?.action === action ? job : undefined;
}

/**
 * Waits for a job to end. Returns its result.
 * @throws MatrixError 500 M_UNKNOWN when it failed, 504 M_UNKNOWN when it takes too long; it goes on then.
 */
export async function waitForJob(ctx: Context, jobId: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const end = performance.now() + LONGEST_MS;
  for (let nap = 10; performance.now() < end && !signal.aborted; nap = Math.min(nap * 1.5, LONGEST_NAP_MS)) {
    await sleep(nap);
    const job = await getJob(ctx.db, jobId);
    if (job?.status === 'complete') return resultOf(job);
    if (!job || job.status === 'failed') throw new MatrixError(500, 'M_UNKNOWN', job?.error ?? 'The job is gone.');
  }
  throw new MatrixError(504, 'M_UNKNOWN', `This takes long and goes on in the background as job ${jobId}.`);
}
