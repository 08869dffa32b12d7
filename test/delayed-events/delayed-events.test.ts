import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pruneDelayedEvents, startDelayedSender } from '../../lib/domain/delayed-events/delayed-sender.ts';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { until } from '../platform/until.ts';
import { join, leave, ok, Reader, roomPath, setState } from '../sync/reader.ts';

const BASE = '/_matrix/client/unstable/org.matrix.msc4140/delayed_events';

describe('delayed events', () => {
  let server: TestServer;
  let n = 0;
  const newUser = (): Promise<TestUser> => server.user(`user${++n}`);
  before(async () => {
    server = await testServer({ delayedEvents: { maxDelayMs: 100_000, maxPerUser: 3 } });
  });
  after(() => server.close());

  const statePath = (room: string, key: string, delay: number) =>
    roomPath(room, `/state/x.state/${key}?org.matrix.msc4140.delay=${delay}`);
  const later = async (user: TestUser, room: string, key: string, delay: number, content: object = {}) =>
    (await ok(user, 'PUT', statePath(room, key, delay), content)).delay_id as string;
  const waiting = async (user: TestUser) => (await ok(user, 'GET', BASE)).delayed_events;
  const state = async (user: TestUser, room: string, key: string) => {
    const answer = await user.call('GET', roomPath(room, `/state/x.state/${key}`));
    return answer.status === 200 ? answer.body : undefined;
  };
  const isOver = async (user: TestUser, id: string) => (await ok(user, 'GET', `${BASE}/${id}`)).outcome;

  test('messages are sent when their time has come, in order, once for a transaction', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const reader = new Reader(alice);
    await reader.sync();
    const send = (txn: string, delay: number) =>
      ok(alice, 'PUT', roomPath(room, `/send/m.room.message/${txn}?org.matrix.msc4140.delay=${delay}`), { body: txn });
    const two = await send('two', 400);
    const one = await send('one', 200);
    assert.equal((await send('one', 200)).delay_id, one.delay_id);
    const listed = await waiting(alice);
    assert.deepEqual(
      listed.map((event: { delay_id: string }) => event.delay_id),
      [one.delay_id, two.delay_id],
    );
    const { running_since, ...rest } = listed[0];
    assert.deepEqual(rest, {
      delay_id: one.delay_id,
      room_id: room,
      type: 'm.room.message',
      delay: 200,
      content: { body: 'one' },
    });
    assert.ok(Math.abs(running_since - Date.now()) < 60_000);
    await until('both are sent', async () => (await waiting(alice)).length === 0);
    const { events } = (await reader.wait()).rooms.join[room].timeline;
    assert.deepEqual(
      events.map((event: { content: object }) => event.content),
      [{ body: 'one' }, { body: 'two' }],
    );
    const over = await ok(alice, 'GET', `${BASE}/${one.delay_id}`);
    assert.deepEqual([over.outcome, over.event_id], ['sent', events[0].event_id]);
    assert.equal((await send('one', 200)).delay_id, one.delay_id, 'still the same request');
  });

  test('state is set when the time has come, and not when it is cancelled', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const soon = await later(alice, room, 'soon', 300, { a: 1 });
    const never = await later(alice, room, 'never', 50_000, { a: 1 });
    assert.equal((await waiting(alice))[0].state_key, 'soon');
    assert.deepEqual((await server.call('POST', `${BASE}/${never}/cancel`)).body, {});
    assert.equal(await state(alice, room, 'soon'), undefined);
    await until('it is sent', async () => (await isOver(alice, soon)) === 'sent');
    assert.deepEqual(await state(alice, room, 'soon'), { a: 1 });
    assert.equal(await isOver(alice, never), 'cancelled');
    const again = await server.call('POST', `${BASE}/${never}/cancel`);
    assert.deepEqual([again.status, again.body.errcode], [404, 'M_NOT_FOUND']);
  });

  test('restarted and sent on request, by whoever knows the id', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const id = await later(alice, room, 'k', 2_000);
    const { running_since } = (await waiting(alice))[0];
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual((await server.call('POST', `${BASE}/${id}`, { action: 'restart' })).body, {});
    assert.ok((await waiting(alice))[0].running_since > running_since);
    assert.deepEqual((await server.call('POST', `${BASE}/${id}/restart`)).body, {});
    assert.deepEqual((await server.call('POST', `${BASE}/${id}/send`)).body, {});
    assert.deepEqual(await state(alice, room, 'k'), {});
    for (const action of ['send', 'restart', 'cancel']) {
      assert.equal((await server.call('POST', `${BASE}/${id}/${action}`)).body.errcode, 'M_NOT_FOUND');
    }
  });

  test('a state event is taken back when somebody else sets it', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat', power_level_content_override: { state_default: 0 } });
    await join(bob, room);
    const [mine, theirs] = [await later(alice, room, 'mine', 50_000), await later(alice, room, 'theirs', 50_000)];
    await setState(alice, room, 'x.state', { by: 'alice' }, 'mine');
    await setState(bob, room, 'x.state', { by: 'bob' }, 'theirs');
    await until('it is cancelled', async () => (await isOver(alice, theirs)) === 'cancelled');
    assert.equal(await isOver(alice, mine), undefined, "one's own change leaves it");
    assert.deepEqual(await state(alice, room, 'theirs'), { by: 'bob' });
  });

  test('whoever may not send when the time has come does not', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const path = roomPath(room, '/send/m.room.message/t?org.matrix.msc4140.delay=400');
    const { delay_id } = await ok(bob, 'PUT', path, { body: 'x' });
    await leave(bob, room);
    await until('it is failed', async () => (await isOver(bob, delay_id)) === 'failed');
    assert.equal((await ok(bob, 'GET', `${BASE}/${delay_id}`)).error.errcode, 'M_FORBIDDEN');
    const refused = await bob.call('PUT', path, { body: 'x' });
    assert.equal(refused.status, 403, 'not in the room');
  });

  test('what was due while nobody ran is sent afterwards', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const id = await later(alice, room, 'k', 60_000);
    await server.ctx.db.query('UPDATE delayed_events SET send_at = 1, claimed_until = 2 WHERE delay_id = $1', [id]);
    // As the background unit does when it comes up.
    const stop = startDelayedSender(server.ctx);
    await until('it is sent', async () => (await isOver(alice, id)) === 'sent');
    await stop();
    assert.deepEqual(await state(alice, room, 'k'), {});
  });

  test('limits and mistakes', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice);
    const long = await alice.call('PUT', statePath(room, 'k', 100_001), {});
    assert.equal(long.status, 400);
    assert.deepEqual(long.body, {
      errcode: 'M_UNKNOWN',
      error: 'The delay may be at most 100000 milliseconds.',
      'org.matrix.msc4140.errcode': 'M_MAX_DELAY_EXCEEDED',
      'org.matrix.msc4140.max_delay': 100_000,
    });
    for (const delay of [0, -1, 1.5]) {
      assert.equal((await alice.call('PUT', statePath(room, 'k', delay), {})).body.errcode, 'M_INVALID_PARAM');
    }
    const id = await later(alice, room, 'a', 50_000);
    for (const key of ['b', 'c']) await later(alice, room, key, 50_000);
    const more = await alice.call('PUT', statePath(room, 'd', 50_000), {});
    assert.equal(more.body['org.matrix.msc4140.errcode'], 'M_MAX_DELAYED_EVENTS_EXCEEDED');
    assert.deepEqual(await waiting(bob), []);
    assert.equal((await bob.call('GET', `${BASE}/${id}`)).status, 404, 'not of others');
    assert.equal((await server.call('GET', BASE)).status, 401);
    assert.equal((await server.call('POST', `${BASE}/abc`, {})).status, 400);
    assert.equal((await server.call('POST', `${BASE}/abc`, { action: 'oops' })).status, 400);
    assert.equal((await server.call('POST', `${BASE}/abc/oops`, {})).status, 404);
    const flags = (await server.call('GET', '/_matrix/client/versions')).body.unstable_features;
    assert.equal(flags['org.matrix.msc4140'], true);
  });

  test('what is over is pruned after a week', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const [over, open] = [await later(alice, room, 'a', 50_000), await later(alice, room, 'b', 50_000)];
    await server.call('POST', `${BASE}/${over}/cancel`);
    const { clock, db } = server.ctx;
    const inDays = (days: number) => ({ db, clock: { ...clock, now: () => clock.now() + days * 86_400_000 } });
    await pruneDelayedEvents(inDays(6));
    assert.equal(await isOver(alice, over), 'cancelled');
    await pruneDelayedEvents(inDays(8));
    assert.equal((await alice.call('GET', `${BASE}/${over}`)).status, 404);
    assert.equal(await isOver(alice, open), undefined);
  });
});

test('RTC transports are told by the endpoint and in /.well-known', async () => {
  const transports = [{ type: 'livekit', livekit_service_url: 'https://livekit.example.org' }];
  const server = await testServer({ matrixRtc: { transports } });
  try {
    const alice = await server.user('alice');
    const path = '/_matrix/client/unstable/org.matrix.msc4143/rtc/transports';
    assert.deepEqual(await ok(alice, 'GET', path), { rtc_transports: transports });
    assert.equal((await server.call('GET', path)).status, 401);
    const wellKnown = await server.call('GET', '/.well-known/matrix/client');
    assert.deepEqual(wellKnown.body['org.matrix.msc4143.rtc_foci'], transports);
  } finally {
    await server.close();
  }
});
