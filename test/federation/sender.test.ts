import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { pruneToDevice } from '../../lib/domain/to-device/prune-to-device.ts';
import { ManualClock } from '../../lib/platform/clock.ts';
import { getDestination } from '../../lib/storage/federation/destinations.ts';
import { getEduOutbox } from '../../lib/storage/federation/edu-outbox.ts';
import type { FakeServer } from '../kit/fake-server.ts';
import { TestNetwork } from '../kit/network.ts';
import { makeRoom, say, type TestServer, type TestUser } from '../kit/server.ts';
import { until } from '../platform/until.ts';
import { joinFrom, receiveFrom } from './remote-member.ts';

// biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
type Json = any;

describe('the federation sender', () => {
  const network = new TestNetwork();
  let server: TestServer;
  let alice: TestUser;
  let peer: FakeServer;
  let roomId: string;
  let remote: string;
  /** Transactions that the peer has taken, in order. */
  let taken: { txnId: string; body: Json }[];
  /** What the peer answers to a transaction. */
  let answer: () => Json;
  let count = 0;

  const fakePeer = (name: string) => {
    const fake = network.fake(name);
    const transactions: { txnId: string; body: Json }[] = [];
    fake.on('PUT', /^\/_matrix\/federation\/v1\/send\/(.+)$/, ({ body }, [, txnId]) => {
      const said = answer();
      if (!Array.isArray(said)) transactions.push({ txnId: txnId as string, body });
      return said;
    });
    return { fake, transactions };
  };
  const bodiesOf = (transactions: { body: Json }[]): string[] =>
    transactions.flatMap(({ body }) => body.pdus.map((pdu: Json) => pdu.content.body ?? pdu.content.membership));
  const edusOf = (transactions: { body: Json }[], type: string): Json[] =>
    transactions.flatMap(({ body }) => body.edus.filter((edu: Json) => edu.edu_type === type));
  /** What the database says, as a process that knows nothing yet would read it. */
  const health = async (name: string) => {
    const row = await getDestination(server.ctx.db, name);
    return { failing: row !== undefined && row.failingSinceTs !== null, pause: (row?.retryAtTs ?? 0) - Date.now() };
  };
  const hasFailed = (name: string) => until('it has failed', async () => (await health(name)).failing);
  const recover = async (name: string) => {
    server.ctx.federation.destinations.forget(name);
    await server.ctx.federation.destinations.reached(name);
  };

  before(async () => {
    server = await network.homeserver('here.test');
    alice = await server.user('alice');
  });
  after(() => network.end());
  beforeEach(async () => {
    answer = () => ({ pdus: {} });
    const { fake, transactions } = fakePeer(`peer${++count}.test:1`);
    peer = fake;
    taken = transactions;
    roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '10' });
    remote = `@bob:${peer.name}`;
    await joinFrom(server, peer, roomId, remote);
  });

  test('servers in a room get its events in order, each once', async () => {
    for (const text of ['one', 'two', 'three']) await say(alice, roomId, text);
    await until('it came', () => bodiesOf(taken).length === 3);
    assert.deepEqual(bodiesOf(taken), ['one', 'two', 'three']);
    for (const { txnId, body } of taken) {
      assert.match(txnId, /^\d+$/);
      assert.equal(body.origin, 'here.test');
      assert.equal(body.pdus[0].unsigned, undefined);
    }
  });

  test('events of others are not passed on', async () => {
    await receiveFrom(server, peer, roomId, { type: 'm.room.message', sender: remote, content: { body: 'own' } });
    await say(alice, roomId, 'after');
    await until('it came', () => bodiesOf(taken).length > 0);
    assert.deepEqual(bodiesOf(taken), ['after']);
  });

  test('who is put out of a room hears of it, and of nothing after it', async () => {
    const path = `/rooms/${encodeURIComponent(roomId)}/kick`;
    await alice.call('POST', path, { user_id: remote });
    await say(alice, roomId, 'among us');
    await joinFrom(server, peer, roomId, remote);
    await say(alice, roomId, 'back');
    await until('it came', () => bodiesOf(taken).includes('back'));
    assert.deepEqual(bodiesOf(taken), ['leave', 'back']);
  });

  test('a server that was not in the room yet hears of nothing before', async () => {
    const { fake, transactions } = fakePeer(`late${count}.test:1`);
    await say(alice, roomId, 'early');
    await joinFrom(server, fake, roomId, `@late:${fake.name}`);
    await say(alice, roomId, 'now');
    await until('it came', () => bodiesOf(transactions).length > 0 && bodiesOf(taken).length === 2);
    assert.deepEqual(bodiesOf(transactions), ['now']);
  });

  test('at most fifty events go in one transaction', async () => {
    network.down.add(peer.name);
    for (let i = 0; i < 60; i++) await say(alice, roomId, `m${i}`);
    network.down.delete(peer.name);
    await recover(peer.name);
    await until('it came', () => bodiesOf(taken).length === 60);
    assert.ok(taken.every(({ body }) => body.pdus.length <= 50));
    assert.deepEqual(
      bodiesOf(taken),
      Array.from({ length: 60 }, (_, i) => `m${i}`),
    );
  });

  test('a transaction that was not answered is sent again as it was', async () => {
    const attempts: { uri: string; body: string }[] = [];
    network.intercept = ({ host, uri, body }) => {
      if (host !== peer.name || !uri.includes('/send/')) return undefined;
      attempts.push({ uri, body });
      return attempts.length === 1
        ? Response.json({ errcode: 'M_UNKNOWN', error: 'busy' }, { status: 500 })
        : undefined;
    };
    await say(alice, roomId, 'first');
    await hasFailed(peer.name);
    await say(alice, roomId, 'second');
    await recover(peer.name);
    await until('it came', () => bodiesOf(taken).length === 2);
    network.intercept = undefined;
    assert.equal(attempts[0]?.uri, attempts[1]?.uri);
    assert.equal(attempts[0]?.body, attempts[1]?.body);
    assert.deepEqual(bodiesOf(taken), ['first', 'second']);
  });

  test('a server that fails is left alone for longer and longer', async () => {
    const { destinations } = server.ctx.federation;
    network.down.add(peer.name);
    await say(alice, roomId, 'lost?');
    await hasFailed(peer.name);
    const { pause: first } = await health(peer.name);
    assert.ok(first > 2_000 && first < 7_000, `${first} ms`);
    await server.ctx.db.query('UPDATE destinations SET retry_at_ts = 0 WHERE destination = $1', [peer.name]);
    await destinations.failed(peer.name);
    const { pause: second } = await health(peer.name);
    assert.ok(second > 7_000 && second < 13_000, `${second} ms`);
    // It speaks to us: the next try is now.
    network.down.delete(peer.name);
    await recover(peer.name);
    await until('it came', () => bodiesOf(taken).length === 1);
    assert.equal((await health(peer.name)).failing, false);
  });

  test('after a long outage a server gets the newest event of each room', async () => {
    const other = await makeRoom(alice, { preset: 'public_chat', room_version: '10' });
    await joinFrom(server, peer, other, remote);
    network.down.add(peer.name);
    for (const text of ['a1', 'a2', 'a3']) await say(alice, roomId, text);
    await say(alice, other, 'b1');
    const queued = 'SELECT count(*) FROM federation_outbox WHERE destination = $1';
    const count = async () => (await server.ctx.db.one<{ count: number }>(queued, [peer.name])).count;
    await until('all is queued', async () => (await count()) === 4);
    await hasFailed(peer.name);
    await server.ctx.db.query(
      'UPDATE destinations SET failing_since_ts = failing_since_ts - 3600000, retry_at_ts = 0 WHERE destination = $1',
      [peer.name],
    );
    // What was under way when it went is sent as it was.
    await server.ctx.db.query('DELETE FROM federation_sent_transactions WHERE destination = $1', [peer.name]);
    server.ctx.federation.destinations.forget(peer.name);
    network.down.delete(peer.name);
    await server.ctx.bus.publish({ stream: 'federation', from: 0, to: 0, rows: [{ destinations: [peer.name] }] });
    await until('it came', () => bodiesOf(taken).includes('b1'));
    assert.deepEqual(bodiesOf(taken), ['a3', 'b1']);
  });

  test('a transaction that is refused for good holds up nothing', async () => {
    answer = () => [400, { errcode: 'M_BAD_JSON', error: 'no' }];
    await say(alice, roomId, 'poison');
    await until('it came', () => network.sentTo(peer.name, '/send/').length === 1);
    answer = () => ({ pdus: {} });
    await say(alice, roomId, 'fine');
    await until('it came', () => bodiesOf(taken).length === 1);
    assert.deepEqual(bodiesOf(taken), ['fine']);
  });

  test('typing, receipts and presence', async () => {
    const room = encodeURIComponent(roomId);
    const eventId = await receiveFrom(server, peer, roomId, {
      type: 'm.room.message',
      sender: remote,
      content: { body: 'hello' },
    });
    await alice.call('PUT', `/rooms/${room}/typing/${alice.userId}`, { typing: true, timeout: 30_000 });
    await alice.call('POST', `/rooms/${room}/receipt/m.read.private/${encodeURIComponent(eventId)}`, {});
    await alice.call('POST', `/rooms/${room}/receipt/m.read/${encodeURIComponent(eventId)}`, { thread_id: 'main' });
    await alice.call('PUT', `/presence/${alice.userId}/status`, { presence: 'online', status_msg: `in ${roomId}` });
    await until('it came', () =>
      ['m.typing', 'm.receipt', 'm.presence'].every((type) => edusOf(taken, type).length > 0),
    );
    assert.deepEqual(edusOf(taken, 'm.typing')[0].content, { room_id: roomId, user_id: alice.userId, typing: true });
    const receipts = edusOf(taken, 'm.receipt').map(({ content }) => content[roomId]);
    assert.equal(receipts.length, 1);
    const { data, event_ids: ids } = receipts[0]['m.read'][alice.userId];
    assert.deepEqual([ids, data.thread_id, typeof data.ts], [[eventId], 'main', 'number']);
    const [push] = edusOf(taken, 'm.presence').at(-1).content.push;
    assert.equal(push.user_id, alice.userId);
    assert.equal(push.status_msg, `in ${roomId}`);
    await alice.call('PUT', `/rooms/${room}/typing/${alice.userId}`, { typing: false });
    await until('it came', () => edusOf(taken, 'm.typing').some(({ content }) => content.typing === false));
  });

  test('messages to devices, the same request once', async () => {
    const body = { messages: { [remote]: { PHONE: { secret: 1 }, '*': { secret: 2 } } } };
    const path = `/sendToDevice/m.test/txn${count}`;
    network.down.add(peer.name);
    await alice.call('PUT', path, body);
    await alice.call('PUT', path, body);
    await hasFailed(peer.name);
    network.down.delete(peer.name);
    await recover(peer.name);
    await until('it came', () => edusOf(taken, 'm.direct_to_device').length > 0);
    await say(alice, roomId, 'then');
    await until('it came', () => bodiesOf(taken).length > 0);
    const edus = edusOf(taken, 'm.direct_to_device');
    assert.equal(edus.length, 1);
    const { sender, type, message_id: id, messages } = edus[0].content;
    assert.deepEqual([sender, type, messages], [alice.userId, 'm.test', body.messages]);
    assert.ok(id.length > 10);
  });

  test('devices that change and go', async () => {
    const { createSession } = await import('../../lib/domain/accounts/create-session.ts');
    const { deviceId } = await createSession(server.ctx, { userId: alice.userId });
    await alice.call('PUT', `/devices/${deviceId}`, { display_name: 'phone' });
    await until('it came', () =>
      edusOf(taken, 'm.device_list_update').some(({ content }) => content.device_display_name),
    );
    const { deleteDevices } = await import('../../lib/domain/accounts/delete-devices.ts');
    await deleteDevices(server.ctx, alice.userId, [deviceId]);
    await until('it came', () => edusOf(taken, 'm.device_list_update').some(({ content }) => content.deleted));
    const updates = edusOf(taken, 'm.device_list_update').map(({ content }) => content);
    assert.ok(updates.every((update) => update.user_id === alice.userId && update.device_id === deviceId));
    assert.deepEqual(updates[0].prev_id, []);
    for (const [i, update] of updates.slice(1).entries()) assert.deepEqual(update.prev_id, [updates[i]?.stream_id]);
  });

  test('messages for a server that stays away are given up after a month', async () => {
    network.down.add(peer.name);
    await alice.call('PUT', `/sendToDevice/m.test/old${count}`, { messages: { [remote]: { PHONE: { n: 1 } } } });
    const waiting = async () => (await getEduOutbox(server.ctx.db, peer.name, 10)).length;
    const { db, writers } = server.ctx;
    const pruneIn = (days: number) =>
      pruneToDevice({ db, writers, clock: new ManualClock(Date.now() + days * 86_400_000) });
    await pruneIn(29);
    assert.equal(await waiting(), 1);
    await pruneIn(31);
    assert.equal(await waiting(), 0);
  });
});
