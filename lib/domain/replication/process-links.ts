import { hostname, networkInterfaces } from 'node:os';
import type { Config } from '../../config/config.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Metrics } from '../../observability/metrics.ts';
import { randomString } from '../../spec/ids.ts';
import type { Database } from '../../storage/database.ts';
import { ReplicationClient } from '../../streams/replication/client.ts';
import { DatabaseTime } from '../../streams/replication/database-time.ts';
import { Directory } from '../../streams/replication/directory.ts';
import type { Membership } from '../../streams/replication/membership.ts';

/** A name for this process that no other has or will have. */
export function processName(): string {
  return `${hostname()}-${process.pid}-${randomString(6)}`;
}

/**
 * What a process needs to have commands carried out by others.
 * @throws Error when there is no secret to sign with
 */
export function replicationClient(options: {
  config: Config;
  db: Database;
  metrics: Metrics;
  membership: Membership | undefined;
}): ReplicationClient {
  const { config, db, metrics, membership } = options;
  const { secret } = config.replication;
  if (!secret) {
    throw new Error(
      'replication.secret is not configured: a process that runs some of the units has to prove to the others that it is one of them.',
    );
  }
  return new ReplicationClient({
    db,
    directory: membership?.directory ?? new Directory(db),
    time: membership?.time ?? new DatabaseTime(),
    secret,
    metrics: metrics.backend,
  });
}

/** Where others reach this process's private listener. */
export function advertisedAddress(config: Config, port: number, log: Logger): string {
  const { host, advertisedHost } = config.replication;
  const everywhere = host === '0.0.0.0' || host === '::';
  const found = advertisedHost ?? (everywhere ? ownAddress() : host);
  if (everywhere && found === undefined) log.warn('no address of this machine was found for other processes to use');
  const reachable = found ?? '127.0.0.1';
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** The first address of this machine that is not its own loopback. */
function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outer = all.filter((one) => !one.internal && !one.address.startsWith('fe80:'));
  return (outer.find((one) => one.family === 'IPv4') ?? outer[0])?.address;
}
