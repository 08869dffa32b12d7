import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { type Notification, pusherBody, type TestGateway, testGateway } from './gateway.ts';

describe('push notifications', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let roomId: string;
  let gateway: TestGateway;
  before(async () => {
    server = await testServer({ outboundHttp: { allowPrivateAddresses: true, timeoutMs: 3_000 } });
    gateway = await testGateway();
    alice = await server.user('alice');
    bob = await server.user('bob');
    roomId = await makeRoom(bob, { preset: 'public_chat', name: 'The Room' });
    await alice.call('POST', `/join/${encodeURIComponent(roomId)}`, {});
    const set = await alice.call('POST', '/pushers/set', pusherBody(gateway.url));
    assert.equal(set.status, 200, JSON.stringify(set.body));
  });
  after(async () => {
    await server.close();
    await gateway.close();
  });
  afterEach(() => {
    gateway.answer = () => ({ status: 200, body: {} });
  });

  const of = (eventId: string) => (n: Notification) => n.event_id === eventId;
  const read = (user: TestUser, room: string, eventId: string) =>
    user.call('POST', `/rooms/${encodeURIComponent(room)}/receipt/m.read/${encodeURIComponent(eventId)}`, {});

  test('carry the event, the room, the count and the tweaks; reading tells the new count', async () => {
    const eventId = await say(bob, roomId, 'hello alice');
    const push = await gateway.wait(of(eventId), 'the message');
    assert.equal(push.room_id, roomId);
    assert.equal(push.type, 'm.room.message');
    assert.equal(push.sender, bob.userId);
    assert.equal(push.sender_display_name, 'bob');
    assert.equal(push.room_name, 'The Room');
    assert.deepEqual(push.content, { msgtype: 'm.text', body: 'hello alice' });
    assert.deepEqual(push.counts, { unread: 1 });
    assert.equal(push.prio, 'high');
    const [device] = push.devices;
    assert.equal(device.app_id, 'org.example.app');
    assert.equal(device.pushkey, 'key');
    assert.ok(Math.abs(device.pushkey_ts - Date.now() / 1000) < 60);
    assert.deepEqual(device.data, { extra: 'kept' });
    assert.equal(device.tweaks.highlight, true);
    const again = await say(bob, roomId, 'still one room');
    assert.deepEqual((await gateway.wait(of(again), 'the second message')).counts, { unread: 1 });
    await read(alice, roomId, again);
    const badge = await gateway.wait((n) => n.event_id === undefined && n.counts.unread === 0, 'the badge');
    assert.equal(badge.devices[0].pushkey, 'key');
  });

  test('are not sent for own events, for what is read and for muted rooms', async () => {
    const muted = await makeRoom(bob, { preset: 'public_chat' });
    await alice.call('POST', `/join/${encodeURIComponent(muted)}`, {});
    await alice.call('PUT', `/pushrules/global/room/${encodeURIComponent(muted)}`, { actions: [] });
    const unwanted = [await say(alice, roomId, 'my own'), await say(bob, muted, 'nobody hears')];
    const last = await say(bob, roomId, 'wanted');
    const push = await gateway.wait(of(last), 'the message after');
    // The muted room does not count.
    assert.deepEqual(push.counts, { unread: 1 });
    assert.deepEqual(
      gateway.received.filter((n) => unwanted.includes(n.event_id)),
      [],
    );
    await read(alice, roomId, last);
  });

  test('an invite is pushed to whom it invites', async () => {
    const invited = await makeRoom(bob, { invite: [alice.userId] });
    const push = await gateway.wait((n) => n.room_id === invited, 'the invite');
    assert.equal(push.type, 'm.room.member');
    assert.equal(push.membership, 'invite');
    assert.equal(push.user_is_target, true);
    await alice.call('POST', `/rooms/${encodeURIComponent(invited)}/leave`, {});
  });

  test('of the format event_id_only say no more than that', async () => {
    const body = pusherBody(gateway.url, { pushkey: 'short', data: { url: gateway.url, format: 'event_id_only' } });
    await alice.call('POST', '/pushers/set', body);
    const eventId = await say(bob, roomId, 'secret');
    const push = await gateway.wait((n) => of(eventId)(n) && n.devices[0].pushkey === 'short', 'the short one');
    assert.deepEqual(Object.keys(push).sort(), ['counts', 'devices', 'event_id', 'prio', 'room_id']);
    await alice.call('POST', '/pushers/set', { kind: null, app_id: 'org.example.app', pushkey: 'short' });
    await gateway.wait((n) => of(eventId)(n) && n.devices[0].pushkey === 'key', 'the long one');
  });

  test('are tried again when the gateway fails, and each comes once', async () => {
    let failures = 0;
    gateway.answer = () => (failures++ < 2 ? { status: 502, body: {} } : { status: 200, body: {} });
    const first = await say(bob, roomId, 'first');
    const second = await say(bob, roomId, 'second');
    await gateway.wait(of(second), 'what came behind the failure');
    assert.equal(gateway.received.filter(of(first)).length, 3);
    assert.equal(gateway.received.filter(of(second)).length, 1);
  });

  test('one stuck gateway does not hold up the others', async () => {
    const stuck = await testGateway();
    stuck.answer = () => 'hang';
    await alice.call('POST', '/pushers/set', pusherBody(stuck.url, { pushkey: 'stuck' }));
    const eventId = await say(bob, roomId, 'for both');
    await stuck.wait(of(eventId), 'the request that hangs');
    const later = await say(bob, roomId, 'for the other');
    const started = Date.now();
    await gateway.wait(of(later), 'the message to the working gateway');
    assert.ok(Date.now() - started < 2_000);
    await alice.call('POST', '/pushers/set', { kind: null, app_id: 'org.example.app', pushkey: 'stuck' });
    await stuck.close();
  });

  test('a rejected pushkey loses its pusher, others stay', async () => {
    await alice.call('POST', '/pushers/set', pusherBody(gateway.url, { pushkey: 'rejected' }));
    gateway.answer = (n) => ({
      status: 200,
      body: n.devices[0].pushkey === 'rejected' ? { rejected: ['rejected'] } : {},
    });
    const eventId = await say(bob, roomId, 'once');
    await gateway.wait((n) => of(eventId)(n) && n.devices[0].pushkey === 'rejected', 'the push to be rejected');
    const until = Date.now() + 5_000;
    for (;;) {
      const { pushers } = (await alice.call('GET', '/pushers')).body;
      const keys = pushers.map((p: { pushkey: string }) => p.pushkey);
      if (keys.join() === 'key') break;
      assert.ok(Date.now() < until, `pushers left: ${keys}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});
