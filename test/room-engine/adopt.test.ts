import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../lib/spec/json.ts';
import { audit } from './audit.ts';
import { LOCAL, ME, type TestEngine, testEngine } from './engine-kit.ts';
import { message } from './local-rooms.ts';
import { lookAt, sorted } from './look.ts';
import { ALICE, BOB, CAROL, RemoteRoom } from './remote-room.ts';

describe('rooms that are taken over from other servers', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await testEngine();
  });
  after(() => engine.close());

  const start = (version = '12') => {
    const room = new RemoteRoom(version).start({ levels: { [BOB]: 50 } });
    room.member(BOB, BOB, 'join');
    return room;
  };
  const stateAt = (room: RemoteRoom) => [...room.stateAfter([room.last]).values()];
  const take = (room: RemoteRoom, event: string, more: { state?: string[]; strippedState?: JsonObject[] } = {}) =>
    engine.events.adopt({
      roomId: room.roomId,
      roomVersion: room.version.id,
      event: room.pdu(event) as JsonObject,
      origin: 'a.example',
      ...(more.state
        ? {
            state: more.state.map((id) => room.pdu(id) as JsonObject),
            authChain: [...room.authChain(more.state)].map((id) => room.pdu(id) as JsonObject),
          }
        : {}),
      ...(more.strippedState ? { strippedState: more.strippedState } : {}),
    });

  for (const version of ['1', '6', '11', '12']) {
    test(`version ${version}: who left and comes back finds the room as it is by then`, async () => {
      const room = start(version);
      await room.joinedBy(engine.events);
      const topic = room.topic(ALICE, 'before');
      const leave = room.member(ME, ME, 'leave');
      await room.sendTo(engine.events, [topic, leave]);
      // Nobody tells this server what happens meanwhile.
      room.member(BOB, BOB, 'leave');
      room.member(CAROL, CAROL, 'join');
      room.topic(ALICE, 'meanwhile');
      const state = stateAt(room);
      const back = room.member(ME, ME, 'join');
      await take(room, back, { state });
      const stored = await lookAt(engine.db, room.roomId);
      assert.deepEqual(stored.extremities, [back]);
      assert.deepEqual(sorted(stored.current), sorted(room.stateAfter([back])));
      assert.deepEqual(Object.fromEntries(stored.members), {
        [ALICE]: 'join',
        [BOB]: 'leave',
        [CAROL]: 'join',
        [ME]: 'join',
      });
      const said = room.say(CAROL, 'welcome back');
      assert.equal((await room.sendTo(engine.events, [said]))[0]?.status, 'accepted');
      await engine.events.send({ roomId: room.roomId, event: message('thanks') });
      await audit(engine.db, room.roomId, { takenOverBy: back });
    });
  }

  test('what is gone from the state is gone here, too', async () => {
    const room = start('11');
    room.topic(ALICE, 'old');
    await room.joinedBy(engine.events);
    await room.sendTo(engine.events, [room.member(ME, ME, 'leave')]);
    // By a resolution that nobody here has seen, say.
    const state = stateAt(room).filter((id) => room.pdu(id).type !== 'm.room.topic');
    const back = room.member(ME, ME, 'join');
    await take(room, back, { state });
    const stored = await lookAt(engine.db, room.roomId);
    assert.equal(stored.current.has('m.room.topic\0'), false);
    assert.deepEqual(sorted(stored.byGroup), sorted(stored.current));
  });

  test('an invite is seen by the invited alone, and the room stays unknown until they join', async () => {
    const room = start();
    const invite = room.member(ALICE, ME, 'invite');
    const stripped = [{ type: 'm.room.create', state_key: '', sender: ALICE, content: { room_version: '12' } }];
    const first = await take(room, invite, { strippedState: stripped });
    assert.deepEqual(await take(room, invite, { strippedState: stripped }), first, 'given twice it is there once');
    const stored = await lookAt(engine.db, room.roomId);
    assert.deepEqual([stored.extremities.length, stored.current.size], [0, 0]);
    assert.deepEqual(Object.fromEntries(stored.members), { [ME]: 'invite' });
    await assert.rejects(engine.events.send({ roomId: room.roomId, event: message('hi') }), { status: 404 });
    const state = stateAt(room);
    const joins = room.member(ME, ME, 'join');
    await take(room, joins, { state });
    assert.equal((await lookAt(engine.db, room.roomId)).members.get(ME), 'join');
    await engine.events.send({ roomId: room.roomId, event: message('hi') });
    await audit(engine.db, room.roomId);
  });

  test('an invite that is declined, or withdrawn', async () => {
    const room = start();
    await take(room, room.member(ALICE, ME, 'invite'));
    await take(room, room.member(ALICE, ME, 'leave'));
    assert.deepEqual(Object.fromEntries((await lookAt(engine.db, room.roomId)).members), { [ME]: 'leave' });
  });

  test('two users who come in at the same moment', async () => {
    const room = start('11');
    const { last } = room;
    const state = stateAt(room);
    const other = `@other:${LOCAL}`;
    const joins = [ME, other].map((user) => room.member(user, user, 'join', { after: [last] }));
    await Promise.all(joins.map((id) => take(room, id, { state })));
    const stored = await lookAt(engine.db, room.roomId);
    assert.deepEqual([stored.members.get(ME), stored.members.get(other)], ['join', 'join']);
    await engine.events.send({ roomId: room.roomId, event: message('both here') });
    await audit(engine.db, room.roomId);
  });

  test('what comes while the room is taken over is not lost', async () => {
    const room = start('11');
    const state = stateAt(room);
    const joins = room.member(ME, ME, 'join');
    const said = [0, 1, 2].map((i) => room.say(ALICE, `${i}`));
    await Promise.all([
      take(room, joins, { state }),
      (async () => {
        for (let todo = said; todo.length > 0; ) {
          const results = await room.sendTo(engine.events, todo).catch((error) => {
            assert.equal(error.status, 404);
            return [];
          });
          todo = todo.filter((_, i) => results[i] === undefined || results[i]?.status === 'missing');
          if (todo.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })(),
    ]);
    assert.deepEqual((await lookAt(engine.db, room.roomId)).extremities, [said[2]]);
    await audit(engine.db, room.roomId);
  });

  test('an answer without what it needs makes no room, and a good one does afterwards', async () => {
    const room = start('12');
    const state = stateAt(room);
    const joins = room.member(ME, ME, 'join');
    const bad: [string, string[]][] = [
      ['no create event', state.filter((id) => room.pdu(id).type !== 'm.room.create')],
      ['no power levels', state.filter((id) => room.pdu(id).type !== 'm.room.power_levels')],
      ['nothing', []],
    ];
    for (const [what, given] of bad) {
      await assert.rejects(
        engine.events.adopt({
          roomId: room.roomId,
          roomVersion: '12',
          event: room.pdu(joins) as JsonObject,
          state: given.map((id) => room.pdu(id) as JsonObject),
          authChain: [],
          origin: 'a.example',
        }),
        what,
      );
    }
    await take(room, joins, { state });
    await engine.events.send({ roomId: room.roomId, event: message('here') });
    await audit(engine.db, room.roomId);
  });

  test('a room of many thousand members, in a moment', async () => {
    const room = start('11');
    const users = Array.from({ length: 3_000 }, (_, i) => `@u${i}:d.example`);
    for (const user of users) room.member(user, user, 'join');
    const state = stateAt(room);
    const joins = room.member(ME, ME, 'join');
    await take(room, joins, { state });
    const stored = await lookAt(engine.db, room.roomId);
    assert.equal(stored.members.size, 3_003);
    assert.deepEqual(sorted(stored.byGroup), sorted(stored.current));
    const { eventId } = await engine.events.send({ roomId: room.roomId, event: message('so many') });
    assert.deepEqual((await lookAt(engine.db, room.roomId)).extremities, [eventId]);
  });
});
