import type { Context } from '../../lib/domain/context.ts';
import { LocalPushDecider } from '../../lib/domain/push/push-decider.ts';
import type { PolicyServers } from '../../lib/domain/rooms/engine/policy-servers.ts';
import { EventPersister, type SlotHolder } from '../../lib/domain/rooms/event-persister.ts';
import { createLogger } from '../../lib/observability/logger.ts';
import { InProcessBus } from '../../lib/platform/adapters/in-process-bus.ts';
import { ManualClock } from '../../lib/platform/clock.ts';
import { generateSigningKey, type SigningKey } from '../../lib/spec/signing.ts';
import { claimLeases } from '../../lib/storage/streams/leases.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';
import { CountingDatabase } from './counting-database.ts';

export const LOCAL = 'localhost';
export const ME = `@me:${LOCAL}`;
const SLOTS = Array.from({ length: 64 }, (_, slot) => slot);

/** One key for all tests: what signs as this server. */
export const LOCAL_KEY: SigningKey = generateSigningKey('1');

/** Slots as a process holds them that has taken them all, from whoever had them. */
export class HeldSlots implements SlotHolder {
  readonly epochs = new Map<number, number>();
  readonly #db: CountingDatabase;
  readonly #process: string;

  constructor(db: CountingDatabase, process: string) {
    this.#db = db;
    this.#process = process;
  }

  async take(slots: number[] = SLOTS): Promise<void> {
    const claim = { unit: 'event-persister', shards: slots, process: this.#process, force: true };
    for (const { shard, epoch } of await claimLeases(this.#db, claim)) this.epochs.set(shard, epoch);
  }

  epochOf(slot: number): number | undefined {
    return this.epochs.get(slot);
  }

  held(): number[] {
    return [...this.epochs.keys()];
  }

  holds(slot: number, epoch: number): boolean {
    return this.epochs.get(slot) === epoch;
  }

  async confirm(): Promise<void> {
    const rows = await this.#db.query<{ shard: number; epoch: number; owner: string }>(
      `SELECT shard, epoch, owner FROM unit_leases WHERE unit = 'event-persister'`,
    );
    for (const { shard, owner } of rows) if (owner !== this.#process) this.epochs.delete(shard);
  }
}

/** An event persister by itself, over a database of its own or one that is given. */
export interface TestEngine {
  db: CountingDatabase;
  database: TestDatabase;
  events: EventPersister;
  slots: HeldSlots;
  bus: InProcessBus;
  clock: ManualClock;
  /** Ends it; the database only when it was not given. */
  close(): Promise<void>;
}

let processes = 0;

/** Starts an engine. With `database` it is one more process on it, which takes every slot over. */
export async function testEngine(
  options: {
    database?: TestDatabase;
    memoryBytes?: number;
    policyServers?: PolicyServers;
    /** Evaluates push rules as the event persister does. */
    withPush?: boolean;
  } = {},
): Promise<TestEngine> {
  const database = options.database ?? (await testDatabase());
  const db = new CountingDatabase(database.url, { poolSize: 6, applicationName: 'myelin-engine-test' });
  const slots = new HeldSlots(db, `engine-${++processes}`);
  await slots.take();
  const bus = new InProcessBus();
  const clock = new ManualClock();
  const log = createLogger({ level: process.env['TEST_LOG'] ?? 'silent', pretty: false });
  const noStreams = { on: () => () => {} } as unknown as Context['streams'];
  const events = new EventPersister({
    db,
    bus,
    clock,
    log,
    signer: { serverName: LOCAL, key: LOCAL_KEY },
    slots,
    policyServers: options.policyServers,
    push: options.withPush ? new LocalPushDecider({ db, log, streams: noStreams }) : undefined,
    ...(options.memoryBytes === undefined ? {} : { memoryBytes: options.memoryBytes }),
  });
  return {
    db,
    database,
    events,
    slots,
    bus,
    clock,
    async close() {
      await events.drain();
      await events.close();
      await db.close();
      if (!options.database) await database.drop();
    },
  };
}
