import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MatrixError } from '../../lib/spec/errors.ts';
import { NotMineError } from '../../lib/streams/replication/not-mine.ts';
import { testDatabase } from '../kit/postgres.ts';
import { LOCAL, ME, type TestEngine, testEngine } from './engine-kit.ts';
import { firstEvents, localRoom, message } from './local-rooms.ts';
import { lookAt } from './look.ts';
import { ALICE, RemoteRoom } from './remote-room.ts';

const WRITES = /\b(INSERT|UPDATE|DELETE)\b/;

describe('one batch, one statement, one transaction', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await testEngine();
  });
  after(() => engine.close());

  test('whatever kinds of things a batch writes, one statement writes them', async () => {
    const rooms = await Promise.all(Array.from({ length: 5 }, () => localRoom(engine)));
    const remote = new RemoteRoom('12').start();
    await remote.joinedBy(engine.events);
    const fork = [remote.topic(ALICE, 'a', { after: [remote.last] }), remote.say(ALICE, 'b', { after: [remote.last] })];
    // Ids and rooms are in memory, so that what follows does nothing but write.
    for (const roomId of rooms) await engine.events.send({ roomId, event: message('first') });
    engine.db.reset();
    const { eventId } = await engine.events.send({ roomId: rooms[0] as string, event: message('x') });
    await Promise.all([
      ...rooms.map((roomId) => engine.events.send({ roomId, event: message('hello') })),
      ...rooms.map((roomId) =>
        engine.events.send({
          roomId,
          event: { type: 'm.room.topic', stateKey: '', sender: ME, content: { topic: 't' } },
          txn: { deviceId: 'D', txnId: 'T' },
        }),
      ),
      ...rooms.map((roomId, i) =>
        engine.events.send({
          roomId,
          event: {
            type: 'm.reaction',
            sender: ME,
            content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key: `${i}` } },
          },
        }),
      ),
      engine.events.send({
        roomId: rooms[0] as string,
        event: { type: 'm.room.redaction', sender: ME, content: {}, redacts: eventId },
      }),
      localRoom(engine),
      remote.sendTo(engine.events, fork),
    ]);
    const writing = engine.db.statements.map((one) => one.sql).filter((sql) => WRITES.test(sql));
    assert.ok(writing.length > 0);
    for (const sql of writing) {
      assert.ok(sql.startsWith('WITH fence AS'), sql);
      assert.ok(sql.includes('assert_fence') && sql.includes('UPDATE stream_positions'), sql);
    }
    assert.deepEqual(
      engine.db.with('BEGIN').concat(engine.db.with('COMMIT')),
      [],
      'each statement is a transaction of its own',
    );
  });

  test('what gathers while a batch is written goes with the next, all of it', async () => {
    const rooms = await Promise.all(Array.from({ length: 20 }, () => localRoom(engine)));
    for (const roomId of rooms) await engine.events.send({ roomId, event: message('first') });
    await engine.events.drain();
    engine.db.reset();
    const sent = Array.from({ length: 200 }, (_, i) =>
      engine.events.send({ roomId: rooms[i % rooms.length] as string, event: message(`${i}`) }),
    );
    await Promise.all(sent);
    const batches = engine.db.with('WITH fence').length;
    assert.ok(batches <= 3, `200 messages took ${batches} batches`);
    // All that a batch writes has the mark of one transaction.
    const [row] = await engine.db.query(
      `SELECT count(DISTINCT xmin::text) AS transactions FROM events WHERE type = 'm.room.message' AND json LIKE '%"body":"1__"%'`,
    );
    assert.ok(row.transactions <= batches);
  });

  test('a room is made by one batch', async () => {
    await localRoom(engine);
    engine.db.reset();
    await localRoom(
      engine,
      '12',
      Array.from({ length: 20 }, (_, i) => ({ type: 'x.y', stateKey: `${i}`, sender: ME, content: { i } })),
    );
    assert.equal(engine.db.with('WITH fence').length, 1);
  });

  test('rooms made alike at the same moment are different rooms, in one process and in two', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => localRoom(engine)));
    assert.equal(new Set(ids).size, 10);
    const heir = await testEngine({ database: engine.database });
    try {
      ids.push(await localRoom(heir), await localRoom(heir));
      assert.equal(new Set(ids).size, 12);
    } finally {
      await heir.close();
      await engine.slots.take();
      engine.events.slotGained();
    }
  });

  test('what one room cannot write fails that room alone, and leaves no gap in the stream', async () => {
    const roomId = await localRoom(engine);
    const create = (alias: string) =>
      engine.events.createRoom({
        roomVersion: '12',
        creator: ME,
        isPublic: false,
        aliases: [alias],
        events: firstEvents('12'),
      });
    await create('#taken:localhost');
    const results = await Promise.allSettled([
      engine.events.send({ roomId, event: message('before') }),
      create('#taken:localhost'),
      create('#free:localhost'),
      engine.events.send({ roomId, event: message('after') }),
    ]);
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
    const refused = (results[1] as PromiseRejectedResult).reason;
    assert.equal((refused as MatrixError).errcode, 'M_ROOM_IN_USE');
    await assertNoGaps(engine);
  });

  test('when the database fails, callers are told, and the room goes on from what is stored', async () => {
    const roomId = await localRoom(engine);
    const { eventId } = await engine.events.send({ roomId, event: message('stored') });
    await engine.db.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$`);
    await engine.db.query('CREATE TRIGGER fail BEFORE INSERT ON events EXECUTE FUNCTION fail()');
    const lost = await Promise.allSettled(
      [1, 2, 3].map((i) =>
        engine.events.send({ roomId, event: message(`${i}`), txn: { deviceId: 'D', txnId: `${i}` } }),
      ),
    );
    assert.ok(lost.every((one) => one.status === 'rejected'));
    await engine.db.query('DROP TRIGGER fail ON events');
    await engine.db.query('DROP FUNCTION fail');
    // The same transaction again is no duplicate of something that never was.
    const again = await engine.events.send({ roomId, event: message('1'), txn: { deviceId: 'D', txnId: '1' } });
    assert.equal(again.duplicate, false);
    const [row] = await engine.db.query('SELECT json FROM events WHERE event_id = $1', [again.eventId]);
    assert.deepEqual(JSON.parse(row.json).prev_events, [eventId]);
    assert.deepEqual((await lookAt(engine.db, roomId)).extremities, [again.eventId]);
    await assertNoGaps(engine);
  });
});

describe('two processes on one database', () => {
  test('positions become visible in order, without gaps, whoever writes', async () => {
    const database = await testDatabase();
    const one = await testEngine({ database });
    const other = await testEngine({ database });
    try {
      // Half of the slots each.
      await one.slots.take(Array.from({ length: 32 }, (_, slot) => slot));
      for (const slot of one.slots.held()) if (slot >= 32) one.slots.epochs.delete(slot);
      for (const slot of other.slots.held()) if (slot < 32) other.slots.epochs.delete(slot);
      const rooms = await Promise.all(
        [one, other].flatMap((engine) =>
          Array.from({ length: 4 }, async () => ({ engine, id: await localRoom(engine) })),
        ),
      );
      let writing = true;
      const looks: { last: number; count: number; position: number }[] = [];
      const reader = (async () => {
        while (writing) {
          const [look] = await database.db.query<(typeof looks)[number]>(
            `SELECT coalesce(max(position), 0) AS last, count(*) AS count,
               (SELECT position FROM stream_positions WHERE stream = 'events') AS position FROM events WHERE position IS NOT NULL`,
          );
          looks.push(look as (typeof looks)[number]);
        }
      })();
      await Promise.all(
        rooms.flatMap(({ engine, id }) =>
          Array.from({ length: 10 }, async (_, s) => {
            for (let i = 0; i < 12; i++) await engine.events.send({ roomId: id, event: message(`${s} ${i}`) });
          }),
        ),
      );
      writing = false;
      await reader;
      assert.ok(looks.length > 3);
      for (const { last, count, position } of looks) {
        assert.equal(count, last, 'a position was visible before one below it');
        assert.equal(position, last, 'the stream said another position than its events');
      }
    } finally {
      await one.close();
      await other.close();
      await database.drop();
    }
  });

  test('who has lost a slot can write nothing more, and says so', async () => {
    const database = await testDatabase();
    const old = await testEngine({ database });
    try {
      const lost = await localRoom(old);
      const kept = await localRoom(old);
      const slotOf = async (roomId: string) =>
        (await old.db.query('SELECT slot FROM rooms WHERE room_id = $1', [roomId]))[0].slot as number;
      const slots = [await slotOf(lost), await slotOf(kept)];
      const heir = await testEngine({ database });
      try {
        // The heir has taken every slot; all but the lost room's go back.
        await old.slots.take(old.slots.held().filter((slot) => slot !== slots[0]));
        const results = await Promise.allSettled([
          old.events.send({ roomId: lost, event: message('too late') }),
          ...(slots[0] === slots[1] ? [] : [old.events.send({ roomId: kept, event: message('fine') })]),
        ]);
        assert.ok((results[0] as PromiseRejectedResult).reason instanceof NotMineError);
        if (results[1]) assert.equal(results[1].status, 'fulfilled');
        const { eventId } = await heir.events.send({ roomId: lost, event: message('heir') });
        assert.deepEqual((await lookAt(database.db, lost)).extremities, [eventId]);
        const rows = await database.db.query<{ n: number }>(
          `SELECT count(*) AS n FROM events WHERE json LIKE '%too late%'`,
        );
        assert.equal(rows[0]?.n, 0);
        // What it believes from before, it cannot write either.
        await assert.rejects(old.events.send({ roomId: lost, event: message('still too late') }), NotMineError);
        await assertNoGaps(heir);
      } finally {
        await heir.close();
      }
    } finally {
      await old.close();
      await database.drop();
    }
  });

  test('a slot that went away and came back is read anew', async () => {
    const database = await testDatabase();
    const one = await testEngine({ database });
    const other = await testEngine({ database });
    try {
      await one.slots.take();
      const roomId = await localRoom(one);
      await other.slots.take();
      const { eventId } = await other.events.send({ roomId, event: message('meanwhile') });
      await one.slots.take();
      one.events.slotGained();
      const back = await one.events.send({ roomId, event: message('back') });
      const [row] = await one.db.query('SELECT json FROM events WHERE event_id = $1', [back.eventId]);
      assert.deepEqual(JSON.parse(row.json).prev_events, [eventId]);
    } finally {
      await one.close();
      await other.close();
      await database.drop();
    }
  });
});

describe('the same transaction id', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await testEngine();
  });
  after(() => engine.close());

  const send = (roomId: string, body: string, txnId: string, on = engine) =>
    on.events.send({ roomId, event: message(body), txn: { deviceId: 'DEVICE', txnId } });

  test('at the same moment: one event', async () => {
    const roomId = await localRoom(engine);
    const all = await Promise.all(Array.from({ length: 20 }, () => send(roomId, 'x', 'same')));
    assert.equal(new Set(all.map((one) => one.eventId)).size, 1);
    assert.equal(all.filter((one) => !one.duplicate).length, 1);
  });

  test('after a restart, and after a hundred other events: the event that it made', async () => {
    const roomId = await localRoom(engine);
    const first = await send(roomId, 'x', 'old');
    for (let i = 0; i < 100; i++) await send(roomId, `${i}`, `later-${i}`);
    const heir = await testEngine({ database: engine.database });
    try {
      const again = await send(roomId, 'x', 'old', heir);
      assert.deepEqual(again, { ...first, duplicate: true });
      const other = await heir.events.send({
        roomId,
        event: message('x'),
        txn: { deviceId: 'OTHER', txnId: 'old' },
      });
      assert.equal(other.duplicate, false, 'another device has transactions of its own');
    } finally {
      await heir.close();
      await engine.slots.take();
      engine.events.slotGained();
    }
  });

  test('a command that another process delivers once more is done once, by whoever owns the room', async () => {
    const roomId = await localRoom(engine);
    const delivery = { id: 'delivery-1', repeated: false };
    const first = await engine.events.send({ roomId, event: message('x') }, delivery);
    const repeated = { ...delivery, repeated: true };
    assert.equal((await engine.events.send({ roomId, event: message('x') }, repeated)).eventId, first.eventId);
    const command = { roomVersion: '12', creator: ME, isPublic: false, aliases: [], events: firstEvents('12') };
    const made = await engine.events.createRoom(command, { id: 'delivery-2', repeated: false });
    const heir = await testEngine({ database: engine.database });
    try {
      assert.equal((await heir.events.send({ roomId, event: message('x') }, repeated)).eventId, first.eventId);
      assert.deepEqual(await heir.events.createRoom(command, { id: 'delivery-2', repeated: true }), made);
    } finally {
      await heir.close();
      await engine.slots.take();
      engine.events.slotGained();
    }
  });

  test('a group of events is there whole or not at all', async () => {
    const roomId = await localRoom(engine);
    const topic = (content: object, sender = ME) => ({
      type: 'm.room.topic',
      stateKey: '',
      sender,
      content: content as { topic: string },
    });
    await assert.rejects(
      engine.events.sendAll({ roomId, events: [topic({ topic: 'a' }), topic({ topic: 'b' }, `@nobody:${LOCAL}`)] }),
      (error: MatrixError) => error.status === 403,
    );
    const rows = await engine.db.query(
      `SELECT 1 FROM events e JOIN rooms r USING (room_nid) WHERE r.room_id = $1 AND e.type = 'm.room.topic'`,
      [roomId],
    );
    assert.equal(rows.length, 0);
    const [result] = await engine.events.sendAll({ roomId, events: [topic({ topic: 'c' })] });
    assert.deepEqual((await lookAt(engine.db, roomId)).extremities, [result?.eventId]);
  });
});

async function assertNoGaps({ db }: TestEngine): Promise<void> {
  const [row] = await db.query(
    `SELECT coalesce(max(position), 0) AS last, count(*) AS count,
       (SELECT position FROM stream_positions WHERE stream = 'events') AS position FROM events WHERE position IS NOT NULL`,
  );
  assert.equal(row.count, row.last);
  assert.equal(row.position, row.last);
}
