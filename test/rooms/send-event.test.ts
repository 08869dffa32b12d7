import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { visiblePdu } from '../../lib/domain/events/client-event.ts';
import { getEvent } from '../../lib/storage/events/read-events.ts';
import { type Answer, makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { act, eventsOf, failure, putState, seg, stateOf } from './room-helpers.ts';

describe('sending events', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let roomId: string;
  let txn = 0;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
    roomId = await makeRoom(alice, { preset: 'public_chat' });
    await act(bob, roomId, 'join');
  });
  after(() => server.close());

  const send = (
    user: TestUser,
    content: unknown,
    options: { type?: string; txn?: string; room?: string } = {},
  ): Promise<Answer> => {
    const { type = 'm.room.message', txn: id = `own${++txn}`, room = roomId } = options;
    return user.call('PUT', `/rooms/${seg(room)}/send/${seg(type)}/${seg(id)}`, content);
  };
  const redact = (user: TestUser, eventId: string, id: string, room = roomId, body: unknown = {}) =>
    user.call('PUT', `/rooms/${seg(room)}/redact/${seg(eventId)}/${id}`, body);
  const contentOf = async (eventId: string) => {
    const row = await getEvent(server.ctx.db, eventId);
    return row && visiblePdu(row).content;
  };

  test('a message is there once for a transaction id of a device', async () => {
    const before = (await eventsOf(server, roomId)).length;
    const first = await send(alice, { msgtype: 'm.text', body: 'hi' }, { txn: 'a/b' });
    assert.equal(first.status, 200);
    assert.deepEqual(Object.keys(first.body), ['event_id']);
    const second = await send(alice, { msgtype: 'm.text', body: 'hi again' }, { txn: 'a/b' });
    assert.deepEqual(second.body, first.body);
    const other = await send(bob, { msgtype: 'm.text', body: 'hi' }, { txn: 'a/b' });
    assert.notEqual(other.body.event_id, first.body.event_id);
    assert.equal((await eventsOf(server, roomId)).length, before + 2);
    assert.deepEqual(await contentOf(first.body.event_id), { msgtype: 'm.text', body: 'hi' });
  });

  test('POST sends without a transaction id', async () => {
    const path = `/rooms/${seg(roomId)}/send/m.room.message`;
    const one = await alice.call('POST', path, { msgtype: 'm.text', body: 'x' });
    const two = await alice.call('POST', `/_matrix/client/r0${path}`, { msgtype: 'm.text', body: 'x' });
    assert.equal(one.status, 200);
    assert.equal(two.status, 200);
    assert.notEqual(one.body.event_id, two.body.event_id);
  });

  test('refuses what is not well formed', async () => {
    const ok = { msgtype: 'm.text', body: 'x' };
    assert.deepEqual(failure(await send(alice, 'no json')), [400, 'M_NOT_JSON']);
    assert.deepEqual(failure(await send(alice, [ok])), [400, 'M_BAD_JSON']);
    assert.deepEqual(failure(await send(alice, { ...ok, n: 1.5 })), [400, 'M_BAD_JSON']);
    assert.deepEqual(failure(await send(alice, '{"n": 9007199254740992}')), [400, 'M_BAD_JSON']);
    assert.deepEqual(failure(await send(alice, { msgtype: 'm.text', body: 5 })), [400, 'M_BAD_JSON']);
    assert.deepEqual(failure(await send(alice, { ...ok, body: 'x'.repeat(65_000) })), [413, 'M_TOO_LARGE']);
    assert.deepEqual(failure(await send(alice, ok, { type: 't'.repeat(256) })), [413, 'M_TOO_LARGE']);
    assert.deepEqual(failure(await send(alice, ok, { type: 'a\0b' })), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await send(alice, ok, { txn: 'x'.repeat(300) })), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await send(alice, { replacement_room: roomId }, { type: 'm.room.tombstone' })), [
      400,
      'M_INVALID_PARAM',
    ]);
    const key = { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$x', key: 'k'.repeat(501) } };
    assert.deepEqual(failure(await send(alice, key, { type: 'm.reaction' })), [400, 'M_INVALID_PARAM']);
  });

  test('floats are allowed in rooms of version 5', async () => {
    const old = await makeRoom(alice, { room_version: '5' });
    const sent = await send(alice, { n: 1.5, text: 'a\0b' }, { type: 'org.example.n', room: old });
    assert.deepEqual(await contentOf(sent.body.event_id), { n: 1.5, text: 'a\0b' });
  });

  test('refuses those who are not in the room, and unknown rooms alike', async () => {
    const carol = await server.user('carol');
    assert.deepEqual(failure(await send(carol, { body: 'x' })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await send(carol, { body: 'x' }, { room: '!nothing:localhost' })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await putState(carol, '!nothing:localhost', 'a.b', {})), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await server.call('PUT', `/rooms/${seg(roomId)}/send/m.room.message/1`, {})), [
      401,
      'M_MISSING_TOKEN',
    ]);
  });

  test('a thread does not start at a related event', async () => {
    const root = await say(alice, roomId, 'root');
    const relation = (eventId: string) => ({ 'm.relates_to': { rel_type: 'm.thread', event_id: eventId } });
    const reply = await send(bob, { msgtype: 'm.text', body: 'r', ...relation(root) });
    assert.equal(reply.status, 200);
    const nested = await send(bob, { msgtype: 'm.text', body: 'r', ...relation(reply.body.event_id) });
    assert.deepEqual(failure(nested), [400, 'M_UNKNOWN']);
  });

  test('the same reaction twice is refused', async () => {
    const target = await say(alice, roomId, 'target');
    const reaction = { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key: '👍' } };
    assert.equal((await send(bob, reaction, { type: 'm.reaction' })).status, 200);
    assert.deepEqual(failure(await send(bob, reaction, { type: 'm.reaction' })), [400, 'M_DUPLICATE_ANNOTATION']);
  });

  test('state is set with and without a state key, and the same state twice is one event', async () => {
    const base = `/rooms/${seg(roomId)}/state/org.example.state`;
    const first = await alice.call('PUT', base, { a: 1 });
    assert.equal(first.status, 200);
    assert.deepEqual((await alice.call('PUT', `${base}/`, { a: 1 })).body, first.body);
    assert.deepEqual((await alice.call('PUT', `/_matrix/client/r0${base}`, { a: 1 })).body, first.body);
    const keyed = await alice.call('PUT', `${base}/key%2Fpart`, { b: 2 });
    assert.notEqual(keyed.body.event_id, first.body.event_id);
    assert.deepEqual(await stateOf(server, roomId, 'org.example.state'), { a: 1 });
    assert.deepEqual(await stateOf(server, roomId, 'org.example.state', 'key/part'), { b: 2 });
  });

  test('state that nobody may set', async () => {
    assert.deepEqual(failure(await putState(alice, roomId, 'm.room.create', { a: 1 })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await putState(bob, roomId, 'm.room.name', { name: 'x' })), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await putState(alice, roomId, 'org.example', {}, bob.userId)), [403, 'M_FORBIDDEN']);
    assert.deepEqual(failure(await putState(alice, roomId, 'a.b', {}, 'k'.repeat(256))), [413, 'M_TOO_LARGE']);
    assert.deepEqual(failure(await putState(alice, roomId, 'a.b', {}, 'a\0b')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await putState(alice, roomId, 'm.room.name', { name: {} })), [400, 'M_BAD_JSON']);
  });

  test('power levels have the form of the room version', async () => {
    const levels = (await stateOf(server, roomId, 'm.room.power_levels')) ?? {};
    const put = (room: string, change: object) =>
      putState(alice, room, 'm.room.power_levels', { ...levels, ...change });
    assert.deepEqual(failure(await put(roomId, { ban: '50' })), [400, 'M_BAD_JSON']);
    assert.deepEqual(failure(await put(roomId, { users: { [bob.userId]: true } })), [400, 'M_BAD_JSON']);
    assert.deepEqual(failure(await put(roomId, { users: { bob: 1 } })), [400, 'M_BAD_JSON']);
    assert.deepEqual(failure(await put(roomId, { events: [] })), [400, 'M_BAD_JSON']);
    assert.equal((await put(roomId, { users: { [bob.userId]: 10 } })).status, 200);
    const old = await makeRoom(alice, { room_version: '9' });
    assert.equal((await put(old, { ban: '50', events: {}, users: { [alice.userId]: ' 100 ' } })).status, 200);
  });

  test('redacts without a transaction id, as older clients ask for it', async () => {
    const target = await say(alice, roomId, 'to redact');
    const path = `/rooms/${seg(roomId)}/redact/${seg(target)}`;
    const { status, body } = await alice.call('POST', path, { reason: 'old client' });
    assert.equal(status, 200);
    assert.deepEqual(await contentOf(body.event_id), { reason: 'old client', redacts: target });
    assert.deepEqual(failure(await alice.call('POST', path, { reason: 1 })), [400, 'M_BAD_JSON']);
  });

  test('redacts, once for a transaction id, for those who may', async () => {
    const target = await say(bob, roomId, 'to redact');
    const carla = await server.user('carla');
    await act(carla, roomId, 'join');
    assert.deepEqual(failure(await redact(carla, target, 'r1')), [403, 'M_FORBIDDEN']);
    const first = await redact(alice, target, 'r1', roomId, { reason: 'bad pun' });
    assert.equal(first.status, 200);
    assert.deepEqual((await redact(alice, target, 'r1')).body, first.body);
    assert.deepEqual(await contentOf(target), {});
    assert.deepEqual(await contentOf(first.body.event_id), { reason: 'bad pun', redacts: target });
    const own = await say(carla, roomId, 'mine');
    assert.equal((await redact(carla, own, 'r2')).status, 200);
    assert.deepEqual(await contentOf(own), {});
  });

  test('refuses redactions that go elsewhere', async () => {
    const other = await makeRoom(bob);
    const target = await say(bob, other, 'elsewhere');
    assert.deepEqual(failure(await redact(alice, target, 'r3')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await redact(alice, 'nonsense', 'r4')), [400, 'M_INVALID_PARAM']);
    assert.deepEqual(failure(await redact(bob, '$unknown', 'r5')), [404, 'M_NOT_FOUND']);
    assert.deepEqual(failure(await redact(alice, target, 'r6', roomId, { reason: 5 })), [400, 'M_BAD_JSON']);
  });

  test('m.room.redaction can be sent like any event, in old rooms too', async () => {
    for (const version of ['10', '12']) {
      const room = await makeRoom(alice, { room_version: version });
      const target = await say(alice, room, 'x');
      const sent = await send(alice, { redacts: target, reason: 'r' }, { type: 'm.room.redaction', room });
      assert.equal(sent.status, 200);
      assert.deepEqual(await contentOf(target), {});
      const row = await getEvent(server.ctx.db, sent.body.event_id);
      const pdu = row && visiblePdu(row);
      assert.deepEqual(pdu?.content, version === '12' ? { redacts: target, reason: 'r' } : { reason: 'r' });
      assert.equal(pdu?.['redacts'], version === '12' ? undefined : target);
    }
    assert.deepEqual(failure(await send(alice, {}, { type: 'm.room.redaction' })), [400, 'M_MISSING_PARAM']);
    assert.deepEqual(failure(await send(alice, { redacts: 5 }, { type: 'm.room.redaction' })), [
      400,
      'M_INVALID_PARAM',
    ]);
  });
});
