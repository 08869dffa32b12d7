import { partDeactivatedUsers } from '../accounts/deactivate-user.ts';
import { pruneAuthenticationSessions, pruneTokens } from '../accounts/prune.ts';
import { pruneBackgroundJobs, startJobRunner } from '../background/job-runner.ts';
import type { Context } from '../context.ts';
import { pruneDelayedEvents, startDelayedSender } from '../delayed-events/delayed-sender.ts';
import { startEventExpiry } from '../events/expire-events.ts';
import { pruneFederationTransactions } from '../federation/inbox/prune-transactions.ts';
import { pruneUploads } from '../media/prune-uploads.ts';
import { startPushers } from '../pushers/start-pushers.ts';
import { pruneRendezvous } from '../rendezvous/rendezvous.ts';
import { startGuestAccess } from '../rooms/follow-guest-access.ts';
import { startSearchIndexer } from '../search/search-indexer.ts';
import { pruneServerNotices } from '../server-notices/send-notice.ts';
import { startSharedKeeper } from '../shared-users.ts';
import { pruneSlidingConnections } from '../sync/sliding/connections.ts';
import { pruneToDevice } from '../to-device/prune-to-device.ts';
import { startUserDirectory } from '../user-directory/directory-keeper.ts';

/** Something that runs for as long as its unit does. */
export interface Job {
  name: string;
  /** The unit that runs it. */
  unit: string;
  /** Starts it; the answer ends it and waits for what is under way. */
  start(ctx: Context): () => Promise<void>;
}

const MINUTE = 60_000;

/** Every job, by unit. A table that grows has its pruner here. */
export const JOBS: readonly Job[] = [
  { name: 'shared-cache', unit: 'background', start: startSharedKeeper },
  { name: 'search-index', unit: 'background', start: startSearchIndexer },
  { name: 'guest-access', unit: 'background', start: startGuestAccess },
  { name: 'expire-events', unit: 'background', start: startEventExpiry },
  { name: 'background-jobs', unit: 'background', start: startJobRunner },
  { name: 'pushers', unit: 'pusher', start: startPushers },
  { name: 'user-directory', unit: 'user-directory', start: startUserDirectory },
  { name: 'send-delayed-events', unit: 'background', start: startDelayedSender },
  periodic('prune-delayed-events', 60 * MINUTE, pruneDelayedEvents),
  periodic('prune-tokens', 10 * MINUTE, pruneTokens),
  periodic('prune-authentication-sessions', 10 * MINUTE, pruneAuthenticationSessions),
  periodic('part-deactivated-users', MINUTE, partDeactivatedUsers),
  periodic('prune-rendezvous', 10 * MINUTE, pruneRendezvous),
  periodic('prune-uploads', 10 * MINUTE, pruneUploads),
  periodic('prune-server-notices', 60 * MINUTE, pruneServerNotices),
  periodic('prune-background-jobs', 10 * MINUTE, pruneBackgroundJobs),
  periodic('prune-to-device', 10 * MINUTE, pruneToDevice),
  periodic('prune-federation-transactions', 10 * MINUTE, pruneFederationTransactions),
  periodic('prune-sliding-connections', 60 * MINUTE, pruneSlidingConnections),
];

/** Starts the jobs of some units. The answer ends them. */
export function startJobs(ctx: Context, units: readonly string[]): () => Promise<void> {
  const stops = JOBS.filter((job) => units.includes(job.unit)).map((job) => job.start(ctx));
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** A job of the background unit that is done again and again, first after a while of its own choosing. */
function periodic(name: string, everyMs: number, run: (ctx: Context) => Promise<unknown>): Job {
  return {
    name,
    unit: 'background',
    start(ctx) {
      let running: Promise<void> = Promise.resolve();
      const tick = () => {
        running = run(ctx).then(
          () => {},
          (error) => ctx.log.warn({ err: error, job: name }, 'a job failed and is tried again'),
        );
      };
      // Not all at once, and not in step with other processes.
      let timer = setTimeout(function again() {
        tick();
        timer = setTimeout(again, everyMs * (0.9 + Math.random() * 0.2));
        timer.unref();
      }, everyMs * Math.random());
      timer.unref();
      return async () => {
        clearTimeout(timer);
        await running;
      };
    },
  };
}
