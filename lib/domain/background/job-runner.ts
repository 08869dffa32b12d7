import { MatrixError } from '../../spec/errors.ts';
import { getDueJobs, type JobRow, pruneJobs, updateJob } from '../../storage/admin/jobs.ts';
import type { Context } from '../context.ts';
import { type JobHandler, onNewJob, resultOf } from './background-job.ts';
import { JOB_HANDLERS } from './handlers.ts';
import { arePaused } from './pause.ts';
import { UPDATE_ACTIONS } from './updates.ts';

const POLL_MS = 1_000;
const AT_ONCE = 3;
const MOST_FAILURES = 5;
const RETRY_MS = 5_000;
const KEEP_MS = 24 * 3_600_000;

/** Thrown when the unit ends. */
class Interrupted extends Error {}

/** Runs the jobs that administrators start, a few at a time. The job `background-jobs` of the background unit. */
export function startJobRunner(ctx: Context): () => Promise<void> {
  const running = new Map<string, Promise<void>>();
  const resources = new Set<string>();
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let again = false;

  const run = async (job: JobRow, handler: JobHandler): Promise<void> => {
    let result = resultOf(job);
    const control = {
      get result() {
        return result;
      },
      async save(next: Record<string, unknown>) {
        result = next;
        await updateJob(ctx.db, job.jobId, { result: JSON.stringify(next) }, ctx.clock.now());
      },
      proceed() {
        if (ended) throw new Interrupted();
      },
    };
    try {
      await updateJob(ctx.db, job.jobId, { status: 'active' }, ctx.clock.now());
      await handler(ctx, JSON.parse(job.params) as Record<string, unknown>, control);
      await updateJob(ctx.db, job.jobId, { status: 'complete', error: null }, ctx.clock.now());
    } catch (error) {
      if (!(error instanceof Interrupted)) await failed(ctx, job, error);
    }
  };
  const look = async (): Promise<void> => {
    const paused = await arePaused(ctx);
    for (const job of await getDueJobs(ctx.db, ctx.clock.now(), 50)) {
      if (ended || running.size >= AT_ONCE) return;
      const handler = JOB_HANDLERS.get(job.action);
      const resource = job.resource ?? job.jobId;
      // Two jobs on one room would stand in each other's way.
      // Only what renews tables can wait: deletions are waited for.
      if (paused && UPDATE_ACTIONS.has(job.action)) continue;
      if (!handler || running.has(job.jobId) || resources.has(resource)) continue;
      resources.add(resource);
      const done = run(job, handler)
        .catch((error) => ctx.log.error({ err: error, job: job.jobId }, 'a background job could not be written down'))
        .finally(() => {
          running.delete(job.jobId);
          resources.delete(resource);
          wake();
        });
      running.set(job.jobId, done);
    }
  };
  const wake = (): void => {
    if (ended) return;
    again = true;
    looking ??= (async () => {
      while (again && !ended) {
        again = false;
        await look().catch((error) => ctx.log.warn({ err: error }, 'background jobs could not be read'));
      }
      looking = undefined;
    })();
  };
  const off = onNewJob(ctx, wake);
  timer = setInterval(wake, POLL_MS);
  timer.unref();
  wake();
  return async () => {
    ended = true;
    off();
    clearInterval(timer);
    await looking;
    await Promise.all(running.values());
  };
}

async function failed(ctx: Context, job: JobRow, error: unknown): Promise<void> {
  const failures = job.failures + 1;
  const final = error instanceof MatrixError || failures >= MOST_FAILURES;
  const now = ctx.clock.now();
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 1_000);
  ctx.log.warn({ err: error, job: job.jobId, action: job.action }, 'a background job failed');
  const change = final
    ? { status: 'failed' as const, error: message, failures }
    : { error: message, failures, dueTs: now + RETRY_MS * 2 ** failures };
  await updateJob(ctx.db, job.jobId, change, now);
}

/** Forgets jobs that ended a day ago. */
export async function pruneBackgroundJobs(ctx: Context): Promise<void> {
  await pruneJobs(ctx.db, ctx.clock.now() - KEEP_MS);
}
