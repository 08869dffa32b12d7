import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addHashesAndSignatures, eventIdOf, type Pdu } from '../../lib/spec/events.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import { getRoomVersion, type RoomVersion } from '../../lib/spec/room-versions.ts';
import { getRoomHead } from '../../lib/storage/rooms/room-head.ts';
import { fillRoom } from '../kit/big-room.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';
import { ME, type TestEngine, testEngine } from './engine-kit.ts';
import { localRoom, message } from './local-rooms.ts';
import { lookAt, stateBefore } from './look.ts';
import { keyOf } from './remote-room.ts';

const MEMBERS = 50_000;
const MESSAGES = 100_000;

describe('a room of 50,000 members and one of 100,000 events', () => {
  let database: TestDatabase;
  let crowded: string;
  let long: string;
  let engine: TestEngine;

  before(async () => {
    database = await testDatabase();
    const maker = await testEngine({ database });
    crowded = await localRoom(maker, '11');
    long = await localRoom(maker, '11');
    await maker.close();
    await fillRoom(database.db, { roomId: crowded, members: MEMBERS, messages: 0 });
    await fillRoom(database.db, { roomId: long, members: 0, messages: MESSAGES });
  });
  after(() => database.drop());

  /** What a process that knows nothing yet reads for something, and how much it holds afterwards. */
  const cost = async (work: (fresh: TestEngine) => Promise<unknown>) => {
    engine = await testEngine({ database, withPush: true });
    try {
      engine.db.reset();
      await work(engine);
      const { statements, bytes } = engine.db;
      return { queries: statements.length, bytes, memory: engine.events.size.bytes };
    } finally {
      await engine.close();
    }
  };
  const hello = () => ({ ...message('hello'), content: { msgtype: 'm.text', body: 'hello', 'm.mentions': {} } });

  test('the rooms are as the event persister would have made them', async () => {
    const stored = await lookAt(database.db, crowded);
    assert.equal(stored.members.size, MEMBERS + 1);
    assert.deepEqual([...stored.byGroup].sort(), [...stored.current].sort());
    assert.equal(stored.current.size, MEMBERS + 4);
  });

  test('the first message after a restart reads a handful of rows', async () => {
    for (const roomId of [crowded, long]) {
      const { queries, bytes, memory } = await cost((fresh) =>
        fresh.events.send({ roomId, event: hello(), txn: { deviceId: 'D', txnId: 'first' } }),
      );
      assert.ok(queries <= 12, `${queries} queries`);
      // Push rules ask for up to 501 local members at first, to see whether the room is large.
      assert.ok(bytes < 60_000, `${bytes} bytes read`);
      assert.ok(memory < 100_000, `${memory} bytes in memory`);
    }
  });

  test('so do the first state event and the first join; state groups are not read whole', async () => {
    const topic = await cost((fresh) =>
      fresh.events.send({
        roomId: crowded,
        event: { type: 'm.room.topic', stateKey: '', sender: ME, content: { topic: 'busy' } },
      }),
    );
    const joins = await cost((fresh) =>
      fresh.events.send({
        roomId: crowded,
        event: {
          type: 'm.room.member',
          stateKey: '@new:localhost',
          sender: '@new:localhost',
          content: { membership: 'join' },
        },
      }),
    );
    for (const { queries, bytes, memory } of [topic, joins]) {
      assert.ok(queries <= 14, `${queries} queries`);
      assert.ok(bytes < 120_000, `${bytes} bytes read`);
      assert.ok(memory < 250_000, `${memory} bytes in memory`);
    }
  });

  test('what is written for a change of state does not grow with the room', async () => {
    engine = await testEngine({ database });
    try {
      const { eventId } = await engine.events.send({
        roomId: crowded,
        event: { type: 'm.room.topic', stateKey: '', sender: ME, content: { topic: 'busier' } },
      });
      const [group] = await database.db.query<{ entries: number; index: number }>(
        `SELECT cardinality(g.event_nids) AS entries, g.index FROM events e JOIN state_groups g ON g.state_group = e.state_group_after
         WHERE e.event_id = $1`,
        [eventId],
      );
      assert.ok(group && group.entries <= 16 ** 3, `${group?.entries} entries at ${group?.index}`);
      const state = await stateBefore(database.db, eventId);
      assert.equal(state.size, (await lookAt(database.db, crowded)).current.size);
      const links = await database.db.query<{ n: number }>(
        `WITH RECURSIVE chain AS (
           SELECT g.state_group, g.base FROM state_groups g JOIN events e ON e.state_group_after = g.state_group WHERE e.event_id = $1
           UNION ALL SELECT g.state_group, g.base FROM chain c JOIN state_groups g ON g.state_group = c.base)
         SELECT count(*) AS n FROM chain`,
        [eventId],
      );
      assert.ok((links[0]?.n ?? 0) <= 15 * Math.ceil(Math.log(MEMBERS + 10) / Math.log(16)), `${links[0]?.n} links`);
    } finally {
      await engine.close();
    }
  });

  test('an event of another server that forks the room is resolved by what the ends differ in', async () => {
    const version = getRoomVersion('11') as RoomVersion;
    const user = '@u1:h1.example';
    const state = (await lookAt(database.db, crowded)).current;
    const auth = ['m.room.create\0', 'm.room.power_levels\0', 'm.room.join_rules\0', `m.room.member\0${user}`];
    let forked: { pdu: Pdu } | undefined;
    const { queries, bytes } = await cost(async (fresh) => {
      const head = await getRoomHead(database.db, crowded);
      const { eventId, depth } = head?.extremities[0] ?? { eventId: '', depth: 0 };
      const event = {
        type: 'm.room.member',
        state_key: user,
        sender: user,
        content: { membership: 'join', displayname: 'U' },
        room_id: crowded,
        depth: depth + 1,
        origin_server_ts: Date.now(),
        prev_events: [eventId],
        auth_events: auth.map((key) => state.get(key) as string),
      };
      forked = addHashesAndSignatures(event, version, 'h1.example', keyOf('h1.example'));
      await fresh.events.send({
        roomId: crowded,
        event: { type: 'm.room.topic', stateKey: '', sender: ME, content: { topic: 'forked' } },
      });
      fresh.db.reset();
      const pdus = [{ pdu: forked.pdu as unknown as JsonObject }];
      const [result] = await fresh.events.receive({ roomId: crowded, origin: 'h1.example', pdus });
      assert.equal(result?.status, 'accepted', result?.error);
    });
    const after = await lookAt(database.db, crowded);
    assert.equal(after.extremities.length, 2);
    assert.deepEqual([...after.byGroup].sort(), [...after.current].sort());
    assert.ok(forked && after.current.get(`m.room.member\0${user}`) === eventIdOf(forked.pdu, version));
    assert.ok(queries <= 30, `${queries} queries`);
    assert.ok(bytes < 200_000, `${bytes} bytes read`);
  });

  test('however many come and go, the room takes no more memory than its bound', async () => {
    engine = await testEngine({ database });
    try {
      for (let at = 0; at < 6_000; at += 500) {
        const events = Array.from({ length: 500 }, (_, i) => ({
          type: 'm.room.member',
          stateKey: `@late${at + i}:localhost`,
          sender: `@late${at + i}:localhost`,
          content: { membership: 'join' },
        }));
        await engine.events.sendAll({ roomId: crowded, events });
        // Two thousand members at most, of about 1.5 kB each, and the newest changes of its state groups.
        assert.ok(engine.events.size.bytes < 6_000_000, `${engine.events.size.bytes} bytes after ${at + 500}`);
      }
    } finally {
      await engine.close();
    }
  });
});

describe('many rooms', () => {
  test('are kept in memory up to a bound of bytes, and read again when they are needed', async () => {
    const memoryBytes = 200_000;
    const engine = await testEngine({ memoryBytes });
    try {
      const rooms: string[] = [];
      for (let i = 0; i < 80; i++) rooms.push(await localRoom(engine));
      for (const roomId of rooms) {
        await engine.events.send({ roomId, event: message('hello') });
        assert.ok(engine.events.size.bytes <= memoryBytes, `${engine.events.size.bytes} bytes`);
      }
      assert.ok(engine.events.size.rooms < rooms.length);
      const { eventId } = await engine.events.send({ roomId: rooms[0] as string, event: message('again') });
      assert.deepEqual((await lookAt(engine.db, rooms[0] as string)).extremities, [eventId]);
    } finally {
      await engine.close();
    }
  });
});
