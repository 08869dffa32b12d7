import { createMetrics } from '../../lib/observability/metrics.ts';
import { prometheusBackend } from '../../lib/observability/prometheus.ts';
import type { UnitName } from '../../lib/routing/unit-names.ts';
import { ReplicationClient } from '../../lib/streams/replication/client.ts';
import { DatabaseTime } from '../../lib/streams/replication/database-time.ts';
import { Directory } from '../../lib/streams/replication/directory.ts';
import type { LeaseGroup, LeaseHooks } from '../../lib/streams/replication/lease-group.ts';
import { Membership } from '../../lib/streams/replication/membership.ts';
import { type CommandHandler, serveReplication } from '../../lib/streams/replication/server.ts';
import type { TestDatabase } from '../kit/postgres.ts';
import { type FlakyProxy, flakyProxy } from './flaky-proxy.ts';

export const SECRET = 'a secret of this test';

/** A process with one unit, as the others see it. */
export interface Peer {
  name: string;
  membership: Membership;
  group: LeaseGroup;
  network: FlakyProxy;
  port: number;
  /** A value of a counter that it keeps, by the labels as they are written. */
  metric(line: string): Promise<number>;
  /** It ends without a word. */
  die(): void;
  close(): Promise<void>;
}

/** What a {@link peer} is. */
export interface PeerOptions {
  name: string;
  unit?: UnitName;
  commands: Record<string, CommandHandler>;
  hooks?: LeaseHooks;
  mostAtOnce?: number;
  leaseMs?: number;
  beatMs?: number;
}

let peers = 0;

/** Joins a process that takes commands; leases are short so that nothing takes long. */
export async function peer({ db }: TestDatabase, options: PeerOptions): Promise<Peer> {
  const { unit = 'typing', commands, hooks = {}, mostAtOnce } = options;
  const name = `${options.name}-${++peers}`;
  const metrics = createMetrics(prometheusBackend());
  let dead = false;
  const membership = new Membership({
    db: { query: (sql, params) => (dead ? Promise.reject(new Error('dead')) : db.query(sql, params)) },
    process: name,
    units: [unit],
    alone: false,
    leaseMs: options.leaseMs ?? 1_500,
    beatMs: options.beatMs ?? 100,
  });
  const group = membership.addGroup(unit, hooks);
  const server = await serveReplication({
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    membership,
    commands: new Map(Object.entries(commands)),
    metrics: metrics.backend,
    ...(mostAtOnce === undefined ? {} : { mostAtOnce }),
  });
  const network = await flakyProxy(server.port);
  await membership.start(network.url);
  return {
    name,
    membership,
    group,
    network,
    port: server.port,
    async metric(line) {
      const found = (await metrics.backend.render()).split('\n').find((one) => one.startsWith(line));
      return Number(found?.split(' ').at(-1) ?? 0);
    },
    die() {
      dead = true;
      network.mode = 'deaf';
    },
    async close() {
      await membership.close();
      await server.close();
      await network.close();
    },
  };
}

/** Somebody who asks. */
export function caller({ db }: TestDatabase, secret = SECRET): { client: ReplicationClient; directory: Directory } {
  const directory = new Directory(db);
  const metrics = createMetrics(prometheusBackend()).backend;
  return { directory, client: new ReplicationClient({ db, directory, time: new DatabaseTime(), secret, metrics }) };
}
