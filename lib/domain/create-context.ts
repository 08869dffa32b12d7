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
import { RelayedHttp } from '../platform/adapters/relayed-http.ts';
import { SmtpMail } from '../platform/adapters/smtp-mail.ts';
import type { Bus } from '../platform/bus.ts';
import type { Cache } from '../platform/cache.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import type { Mail } from '../platform/mail.ts';
import type { OutboundHttp } from '../platform/outbound-http.ts';
import { SharedValues } from '../platform/shared-values.ts';
import type { UnitSpec } from '../routing/unit.ts';
import { Database } from '../storage/database.ts';
import { PostgresQueue } from '../storage/postgres-queue.ts';
import { StreamHub } from '../streams/hub.ts';
import type { Context } from './context.ts';
import { createFederation } from './federation/federation.ts';
import { openBlobs } from './open-blobs.ts';
import { takeRoles } from './replication/take-roles.ts';
import { loadSigningKey } from './signing-key.ts';
import { SyncService } from './sync/sync-service.ts';

/** What a process brings to {@link createContext}; what is left out is made from the configuration. */
export interface ContextOptions {
  config: Config;
  log: Logger;
  /**
   * The units that run here, while others run in other processes. Absent: all of them, alone on the database, so that
   * writers are plain calls.
   */
  units?: readonly UnitSpec[] | undefined;
  /** The database to use; the configuration's when absent. */
  databaseUrl?: string;
  metrics?: Metrics;
  clock?: Clock;
  bus?: Bus;
  cache?: Cache;
  mail?: Mail;
  http?: OutboundHttp;
}

/** A context and its end. */
export interface OpenContext extends Context {
  /** Gives what this process owns to others, before it ends: they go on without a pause. */
  handOver(): Promise<void>;
  /** Stops taking work, finishes what is under way, and closes every connection. */
  close(): Promise<void>;
}

/** Builds the context of a process. The schema must be up to date. */
export async function createContext(options: ContextOptions): Promise<OpenContext> {
  const { config, log, units } = options;
  const url = options.databaseUrl ?? config.databaseUrl;
  if (!url) throw new Error('no database: neither databaseUrl nor an embedded one');
  const clock = options.clock ?? systemClock;
  const metrics = options.metrics ?? createMetrics(prometheusBackend());
  const db = new Database(url, { poolSize: config.databasePoolSize ?? poolSize(units) });
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
    silenceMs: units || config.redisUrl ? 5_000 : 0,
    shared: units !== undefined,
    onError: report('a stream could not be followed'),
  });
  const store = await openBlobs(config, units);
  const http =
    options.http ??
    (config.outboundHttp.relay && units && !units.some(({ kind }) => kind === 'task')
      ? new RelayedHttp((request) => ctx.writers.outbound.fetch(request))
      : new GuardedHttp({
          observe: ({ purpose, outcome, seconds }) => metrics.outboundRequests.observe(seconds, { purpose, outcome }),
        }));
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
    shared: new SharedValues(cache),
    mail: options.mail ?? mailOf(config, units, (message) => ctx.writers.mail.send(message)),
    http,
    serverName: config.serverName,
    signer,
    federation: createFederation({ config, http, cache, clock, db, signer, bus }),
    streams,
  };
  const ctx = base as unknown as OpenContext;
  const sync = lazily(() => new SyncService(ctx));
  Object.defineProperty(ctx, 'sync', { get: sync.get, enumerable: true });
  const roles = await takeRoles(ctx, units, url);
  ctx.handOver = roles.handOver;
  ctx.close = async () => {
    sync.made?.stop();
    await roles.close();
    await streams.close();
    await bus.close();
    base.shared.close();
    await cache.close();
    await base.http.close();
    store.close();
    await db.close();
  };
  return ctx;
}

/** Made when it is first asked for: its caches take their memory at once, and most processes serve no sync. */
function lazily<T>(make: () => T): { get(): T; readonly made: T | undefined } {
  let made: T | undefined;
  return {
    get: () => (made ??= make()),
    get made() {
      return made;
    },
  };
}

/** Connections for some units; a process with all of them has what is right for one machine. */
function poolSize(units: readonly UnitSpec[] | undefined): number {
  if (!units) return 16;
  return Math.max(
    1,
    units.reduce((sum, unit) => sum + unit.databasePool, 0),
  );
}

/** @param relay has a process send that can reach mail servers */
function mailOf(config: Config, units: readonly UnitSpec[] | undefined, relay: Mail['send']): Mail {
  const { smtpHost, smtpPort, tls, username, password, from } = config.email;
  if (!smtpHost) return new MemoryMail();
  if (units && !units.some(({ needs }) => needs.includes('ses'))) return { send: relay };
  return new SmtpMail({
    host: smtpHost,
    port: smtpPort,
    tls,
    from,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
}
