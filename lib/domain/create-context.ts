import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { createMetrics, type Metrics } from '../observability/metrics.ts';
import { prometheusBackend } from '../observability/prometheus.ts';
import { GuardedHttp } from '../platform/adapters/guarded-http.ts';
import { InProcessBus } from '../platform/adapters/in-process-bus.ts';
import { InProcessCache } from '../platform/adapters/in-process-cache.ts';
import { MemoryMail } from '../platform/adapters/memory-mail.ts';
import { RedisBus } from '../platform/adapters/redis-bus.ts';
import { RedisCache } from '../platform/adapters/redis-cache.ts';
import { SmtpMail } from '../platform/adapters/smtp-mail.ts';
import type { Bus } from '../platform/bus.ts';
import type { Cache } from '../platform/cache.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { Mail } from '../platform/mail.ts';
import { UNIT_NAMES } from '../routing/unit-names.ts';
import { randomString } from '../spec/ids.ts';
import { Database } from '../storage/database.ts';
import { PostgresQueue } from '../storage/postgres-queue.ts';
import { StreamHub } from '../streams/hub.ts';
import { Membership } from '../streams/replication/membership.ts';
import type { Context } from './context.ts';
import { createWriters } from './create-writers.ts';
import { followedStreams } from './followed-streams.ts';
import { startJobs } from './jobs/jobs.ts';
import { openBlobs } from './open-blobs.ts';
import { loadSigningKey } from './signing-key.ts';
import { SyncService } from './sync/sync-service.ts';

/** What a process brings to {@link createContext}; what is left out is made from the configuration. */
export interface ContextOptions {
  config: Config;
  log: Logger;
  /** The database to use; the configuration's when absent. */
  databaseUrl?: string;
  metrics?: Metrics;
  clock?: Clock;
  bus?: Bus;
  cache?: Cache;
  mail?: Mail;
}

/** A context and its end. */
export interface OpenContext extends Context {
  /** Stops taking work, finishes what is under way, and closes every connection. */
  close(): Promise<void>;
}

/** Builds the context of a process that runs every unit. The schema must be up to date. */
export async function createContext(options: ContextOptions): Promise<OpenContext> {
  const { config, log } = options;
  const url = options.databaseUrl ?? config.databaseUrl;
  if (!url) throw new Error('no database: neither databaseUrl nor an embedded one');
  const clock = options.clock ?? systemClock;
  const metrics = options.metrics ?? createMetrics(prometheusBackend());
  const db = new Database(url, { poolSize: 16 });
  const report = (what: string) => (error: unknown) => log.warn({ err: error }, what);
  const bus =
    options.bus ??
    (config.redisUrl
      ? new RedisBus({ url: config.redisUrl, serverName: config.serverName, onError: report('the bus failed') })
      : new InProcessBus(report('a stream listener failed')));
  const cache =
    options.cache ??
    (config.redisUrl ? new RedisCache({ url: config.redisUrl, serverName: config.serverName }) : new InProcessCache());
  const signer = { serverName: config.serverName, key: await loadSigningKey(config.signingKeyFile) };
  const streams = new StreamHub(db, bus, {
    silenceMs: config.redisUrl ? 5_000 : 0,
    onError: report('a stream could not be followed'),
  });
  const leaseDb = new Database(url, { poolSize: 1, applicationName: 'myelin-leases', statementTimeoutMs: 2_000 });
  const membership = new Membership({
    db: leaseDb,
    process: `${hostname()}-${process.pid}-${randomString(6)}`,
    units: UNIT_NAMES,
    alone: true,
    onError: report('the leases could not be renewed'),
  });
  const store = await openBlobs(config);
  const base = {
    config,
    log,
    metrics,
    clock,
    db,
    bus,
    blobs: store.blobs,
    queue: new PostgresQueue(db, { onError: report('a queued message failed') }),
    cache,
    mail: options.mail ?? mailOf(config),
    http: new GuardedHttp({
      observe: ({ purpose, outcome, seconds }) => metrics.outboundRequests.observe(seconds, { purpose, outcome }),
    }),
    serverName: config.serverName,
    signer,
    streams,
  };
  const ctx = base as unknown as OpenContext;
  const writers = createWriters(ctx, membership);
  ctx.writers = writers.writers;
  await membership.start(null);
  ctx.sync = new SyncService(ctx);
  await streams.follow(followedStreams(writers));
  ctx.sync.start();
  const stopWriters = await writers.start();
  const stopJobs = startJobs(ctx, UNIT_NAMES);
  ctx.close = async () => {
    await stopJobs();
    ctx.sync.stop();
    await stopWriters();
    await membership.close();
    await leaseDb.close();
    await streams.close();
    await bus.close();
    await cache.close();
    await base.http.close();
    store.close();
    await db.close();
  };
  return ctx;
}

function mailOf(config: Config): Mail {
  const { smtpHost, smtpPort, tls, username, password, from } = config.email;
  if (!smtpHost) return new MemoryMail();
  return new SmtpMail({
    host: smtpHost,
    port: smtpPort,
    tls,
    from,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
}
