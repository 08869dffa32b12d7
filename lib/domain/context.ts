import type { Config } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Blobs } from '../platform/blobs.ts';
import type { Bus } from '../platform/bus.ts';
import type { Cache } from '../platform/cache.ts';
import type { Clock } from '../platform/clock.ts';
import type { Mail } from '../platform/mail.ts';
import type { OutboundHttp } from '../platform/outbound-http.ts';
import type { Queue } from '../platform/queue.ts';
import type { SharedValues } from '../platform/shared-values.ts';
import type { Database } from '../storage/database.ts';
import type { StreamHub } from '../streams/hub.ts';
import type { Writers } from '../streams/writers.ts';
import type { Federation } from './federation/federation.ts';
import type { EventSigner } from './rooms/room-actor.ts';
import type { SyncService } from './sync/sync-service.ts';

/** Everything a handler or a job works with; built once per process, closed once. */
export interface Context {
  config: Config;
  log: Logger;
  metrics: Metrics;
  clock: Clock;
  db: Database;
  bus: Bus;
  blobs: Blobs;
  queue: Queue;
  cache: Cache;
  /** Values that change, in {@link cache}. */
  shared: SharedValues;
  mail: Mail;
  http: OutboundHttp;
  serverName: string;
  /** Signs as this server. */
  signer: EventSigner;
  /** Talks to other servers. */
  federation: Federation;
  /** This process's view of the streams. */
  streams: StreamHub;
  /** Writers, in this process or another. */
  writers: Writers;
  /** What serves `/sync`; only in processes that have the sync unit. */
  sync: SyncService;
}
