import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Context } from '../../lib/domain/context.ts';
import { LocalPresenceWriter } from '../../lib/domain/presence/presence-writer.ts';
import { createLogger } from '../../lib/observability/logger.ts';
import { InProcessBus } from '../../lib/platform/adapters/in-process-bus.ts';
import type { BusMessage } from '../../lib/platform/bus.ts';
import { ManualClock } from '../../lib/platform/clock.ts';
import { getPresence, type StoredPresence } from '../../lib/storage/presence/presence.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';

const MINUTE = 60_000;

describe('the presence writer', () => {
  let database: TestDatabase;
  let clock: ManualClock;
  let told: BusMessage[];
  let isOwner: boolean;
  let users = 0;
  let userId: string;
  const opened: LocalPresenceWriter[] = [];
  before(async () => {
    database = await testDatabase();
  });
  after(async () => {
    for (const writer of opened) await writer.stop();
    await database.drop();
  });
  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    isOwner = true;
    userId = `@u${users++}:localhost`;
  });

  async function open(config: object = { presence: { enabled: true } }): Promise<LocalPresenceWriter> {
    const bus = new InProcessBus();
    await bus.subscribe('presence', (message) => told.push(message));
    const log = createLogger({ level: 'silent', pretty: false });
    const ctx = { db: database.db, bus, clock, config, log, serverName: 'localhost' } as unknown as Context;
    const writer = new LocalPresenceWriter(ctx, () => isOwner);
    opened.push(writer);
    await writer.start();
    return writer;
  }
  const sync = (writer: LocalPresenceWriter, presence: 'online' | 'unavailable' | 'offline' = 'online') =>
    writer.touch({ userId, deviceId: 'D', presence });
  const act = (writer: LocalPresenceWriter) =>
    writer.touch({ userId, deviceId: 'D', presence: 'online', active: true });
  const stored = async (): Promise<Partial<StoredPresence>> => {
    const [row] = await getPresence(database.db, [userId]);
    return { presence: row?.presence, currentlyActive: row?.currentlyActive, lastActiveTs: row?.lastActiveTs };
  };
  /** Time passes while the user's client goes on syncing. */
  const syncFor = async (writer: LocalPresenceWriter, ms: number) => {
    for (let left = ms; left > 0; left -= 20_000) {
      await clock.advance(Math.min(left, 20_000));
      await sync(writer);
      await writer.check();
    }
  };

  test('a sync makes online, and half a minute without one offline', async () => {
    const writer = await open();
    await sync(writer);
    const at = clock.now();
    assert.deepEqual(await stored(), { presence: 'online', currentlyActive: true, lastActiveTs: at });
    await clock.advance(29_000);
    await writer.check();
    assert.equal((await stored()).presence, 'online');
    await clock.advance(2_000);
    await writer.check();
    assert.deepEqual(await stored(), { presence: 'offline', currentlyActive: false, lastActiveTs: at });
    assert.deepEqual(
      told.map(({ from, to }) => to - from),
      [1, 1],
      'the stream has both changes',
    );
  });

  test('who does nothing is not active any more after a minute, and unavailable after five', async () => {
    const writer = await open();
    await sync(writer);
    await syncFor(writer, MINUTE + 20_000);
    assert.deepEqual([(await stored()).presence, (await stored()).currentlyActive], ['online', false]);
    await syncFor(writer, 4 * MINUTE);
    assert.equal((await stored()).presence, 'unavailable');
    await sync(writer);
    assert.equal((await stored()).presence, 'unavailable', 'a client that goes on syncing is no sign of its user');
    await act(writer);
    assert.deepEqual(await stored(), { presence: 'online', currentlyActive: true, lastActiveTs: clock.now() });
  });

  test('who does something stays active, and that is told once a minute', async () => {
    const writer = await open();
    await sync(writer);
    for (let i = 0; i < 18; i++) {
      await syncFor(writer, 20_000);
      await act(writer);
    }
    assert.equal((await stored()).presence, 'online');
    assert.ok(clock.now() - ((await stored()).lastActiveTs as number) < MINUTE);
    assert.ok(told.length >= 5 && told.length <= 8, `${told.length} changes in six minutes`);
  });

  test('who acts without following events does not come online', async () => {
    const writer = await open();
    await act(writer);
    assert.equal((await stored()).presence, undefined);
  });

  test('busy stays busy while its user syncs and acts, and ends when the user goes', async () => {
    const writer = await open();
    await writer.set({ userId, presence: 'busy', statusMsg: 'in a meeting' });
    await syncFor(writer, 7 * MINUTE);
    await act(writer);
    assert.equal((await stored()).presence, 'busy');
    await clock.advance(31_000);
    await writer.check();
    assert.equal((await stored()).presence, 'offline');
    const [row] = await getPresence(database.db, [userId]);
    assert.equal(row?.statusMsg, 'in a meeting', 'what was said stays');
  });

  test('a new owner takes up who was online, and gives their clients time to come', async () => {
    await sync(await open());
    const heir = await open();
    await clock.advance(29_000);
    await heir.check();
    assert.equal((await stored()).presence, 'online');
    await clock.advance(2_000);
    await heir.check();
    assert.equal((await stored()).presence, 'offline');
  });

  test('who has lost the lease tells of nobody that they have gone', async () => {
    const writer = await open();
    await sync(writer);
    isOwner = false;
    await clock.advance(10 * MINUTE);
    await writer.check();
    assert.equal((await stored()).presence, 'online');
  });

  test('switched off it takes everything and keeps nothing', async () => {
    const writer = await open({ presence: { enabled: false } });
    await sync(writer);
    await writer.set({ userId, presence: 'busy' });
    await act(writer);
    assert.equal((await stored()).presence, undefined);
    assert.deepEqual(told, []);
  });

  test('users of other servers are as their servers say, until these say nothing for long', async () => {
    const writer = await open();
    const bob = `@bob${users}:elsewhere.example`;
    const state = { presence: 'online' as const, statusMsg: null, lastActiveTs: clock.now(), currentlyActive: true };
    await writer.receive({ states: [{ userId: bob, ...state }] });
    const presenceOf = async () => (await getPresence(database.db, [bob]))[0]?.presence;
    clock.advance(20 * 60_000);
    await writer.check();
    assert.equal(await presenceOf(), 'online');
    clock.advance(11 * 60_000);
    await writer.check();
    assert.equal(await presenceOf(), 'offline');
    await writer.stop();
  });
});
