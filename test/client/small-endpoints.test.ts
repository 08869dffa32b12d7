import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { join, ok, otherDevice, reader, roomPath } from '../sync/reader.ts';

describe('endpoints with small answers', () => {
  let server: TestServer;
  let n = 0;
  const newUser = (): Promise<TestUser> => server.user(`user${++n}`);
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  test('filters are given back as they were given', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const filter = { room: { timeline: { limit: 3 } }, event_fields: ['type'] };
    const path = `/user/${alice.userId}/filter`;
    const { filter_id } = await ok(alice, 'POST', path, filter);
    assert.match(filter_id, /^\d+$/);
    assert.deepEqual(await ok(alice, 'GET', `${path}/${filter_id}`), filter);
    assert.equal((await alice.call('GET', `${path}/999`)).body.errcode, 'M_NOT_FOUND');
    assert.equal((await bob.call('GET', `${path}/${filter_id}`)).body.errcode, 'M_FORBIDDEN');
    assert.equal((await alice.call('POST', path, { room: { timeline: { limit: 'x' } } })).status, 400);
  });

  test('presence', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const path = `/presence/${alice.userId}/status`;
    assert.deepEqual(await ok(alice, 'PUT', path, { presence: 'unavailable', status_msg: 'away' }), {});
    const seen = await ok(bob, 'GET', path);
    assert.deepEqual([seen.presence, seen.status_msg], ['unavailable', 'away']);
    assert.equal((await bob.call('PUT', path, { presence: 'online' })).body.errcode, 'M_FORBIDDEN');
    assert.equal((await alice.call('PUT', path, { presence: 'asleep' })).body.errcode, 'M_BAD_JSON');
  });

  test('typing and receipts', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const one = await say(alice, room, 'one');
    const two = await say(alice, room, 'two');
    const it = await reader(alice);
    const typing = roomPath(room, `/typing/${bob.userId}`);
    assert.deepEqual(await ok(bob, 'PUT', typing, { typing: true, timeout: 20_000 }), {});
    assert.deepEqual((await it.wait()).rooms.join[room].ephemeral.events, [
      { type: 'm.typing', content: { user_ids: [bob.userId] } },
    ]);
    assert.deepEqual(await ok(bob, 'POST', roomPath(room, `/receipt/m.read/${one}`), {}), {});
    const markers = { 'm.fully_read': two, 'm.read': two };
    assert.deepEqual(await ok(bob, 'POST', roomPath(room, '/read_markers'), markers), {});
    const inRoom = `/user/${bob.userId}/rooms/${encodeURIComponent(room)}/account_data/m.fully_read`;
    assert.deepEqual(await ok(bob, 'GET', inRoom), { event_id: two });
    // The marker goes forward only.
    await ok(bob, 'POST', roomPath(room, '/read_markers'), { 'm.fully_read': one });
    assert.deepEqual(await ok(bob, 'GET', inRoom), { event_id: two });
  });

  test('an OpenID token tells whose it is', async () => {
    const alice = await newUser();
    const token = await ok(alice, 'POST', `/user/${alice.userId}/openid/request_token`, {});
    assert.deepEqual([token.token_type, token.matrix_server_name], ['Bearer', 'localhost']);
    assert.ok(token.expires_in > 0);
    const path = `/_matrix/federation/v1/openid/userinfo?access_token=${token.access_token}`;
    assert.deepEqual((await server.call('GET', path)).body, { sub: alice.userId });
    const wrong = await server.call('GET', '/_matrix/federation/v1/openid/userinfo?access_token=x');
    assert.equal(wrong.status, 401);
  });

  test('several devices are deleted at once', async () => {
    const alice = await newUser();
    const others = [await otherDevice(server, alice), await otherDevice(server, alice)];
    const devices = others.map((device) => device.deviceId);
    const asked = await alice.call('POST', '/delete_devices', { devices });
    assert.equal(asked.status, 401);
    const identifier = { type: 'm.id.user', user: alice.userId };
    const auth = { type: 'm.login.password', identifier, password: `secret-of-user${n}`, session: asked.body.session };
    assert.deepEqual(await ok(alice, 'POST', '/delete_devices', { devices, auth }), {});
    const left = (await ok(alice, 'GET', '/devices')).devices;
    assert.deepEqual(
      left.map((device: { device_id: string }) => device.device_id),
      [alice.deviceId],
    );
  });

  test('pushers', async () => {
    const alice = await newUser();
    const pusher = {
      kind: 'http',
      app_id: 'org.example.app',
      pushkey: 'key',
      app_display_name: 'App',
      device_display_name: 'Phone',
      lang: 'en',
      data: { url: 'https://push.example.org/_matrix/push/v1/notify', format: 'event_id_only' },
    };
    assert.deepEqual(await ok(alice, 'POST', '/pushers/set', pusher), {});
    const [stored] = (await ok(alice, 'GET', '/pushers')).pushers;
    assert.deepEqual([stored.pushkey, stored.data, stored['org.matrix.msc3881.enabled']], ['key', pusher.data, true]);
    assert.equal(stored['org.matrix.msc3881.device_id'], alice.deviceId);
    await ok(alice, 'POST', '/pushers/set', { ...pusher, 'org.matrix.msc3881.enabled': false });
    const [silenced] = (await ok(alice, 'GET', '/pushers')).pushers;
    assert.equal(silenced['org.matrix.msc3881.enabled'], false);
    await ok(alice, 'POST', '/pushers/set', { ...pusher, kind: null });
    assert.deepEqual((await ok(alice, 'GET', '/pushers')).pushers, []);
  });

  test('the older ways to hear of events', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice, { name: 'old' });
    const all = await ok(alice, 'GET', '/initialSync?limit=2');
    const [entry] = all.rooms;
    assert.deepEqual([entry.room_id, entry.membership, entry.messages.chunk.length], [room, 'join', 2]);
    const message = await say(alice, room, 'hello');
    const { chunk, start, end } = await ok(alice, 'GET', `/events?from=${all.end}&timeout=0`);
    assert.deepEqual(
      chunk
        .filter((event: { type: string }) => event.type === 'm.room.message')
        .map((e: { event_id: string }) => e.event_id),
      [message],
    );
    assert.equal(start, all.end);
    assert.notEqual(end, all.end);
  });

  test('profile fields under their unstable name', async () => {
    const alice = await newUser();
    const path = `/_matrix/client/unstable/uk.tcpip.msc4133/profile/${alice.userId}/m.tz`;
    assert.deepEqual(await ok(alice, 'PUT', path, { 'm.tz': 'Europe/Berlin' }), {});
    assert.deepEqual(await ok(alice, 'GET', path), { 'm.tz': 'Europe/Berlin' });
    assert.deepEqual(await ok(alice, 'DELETE', path), {});
    assert.equal((await alice.call('GET', path)).status, 404);
  });

  test('a changed name that no room is told of', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const path = `/profile/${alice.userId}/displayname`;
    await ok(alice, 'PUT', `${path}?org.matrix.msc4069.propagate=false`, { displayname: 'Quiet' });
    assert.deepEqual(await ok(alice, 'GET', path), { displayname: 'Quiet' });
    const member = roomPath(room, `/state/m.room.member/${alice.userId}`);
    assert.notEqual((await ok(alice, 'GET', member)).displayname, 'Quiet');
    await ok(alice, 'PUT', path, { displayname: 'Loud' });
    assert.equal((await ok(alice, 'GET', member)).displayname, 'Loud');
    const wrong = await alice.call('PUT', `${path}?org.matrix.msc4069.propagate=x`, { displayname: 'x' });
    assert.equal(wrong.body.errcode, 'M_INVALID_PARAM');
  });

  test('moderators see what was redacted', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const event = await say(bob, room, 'a slip');
    await ok(bob, 'PUT', roomPath(room, `/redact/${event}/t`), {});
    const path = roomPath(room, `/event/${event}`);
    const whole = `${path}?fi.mau.msc2815.include_unredacted_content=true`;
    assert.deepEqual((await ok(alice, 'GET', path)).content, {});
    assert.equal((await ok(alice, 'GET', whole)).content.body, 'a slip');
    assert.equal((await bob.call('GET', whole)).body.errcode, 'M_FORBIDDEN');
  });

  test('what a password must have', async () => {
    assert.deepEqual((await server.call('GET', '/password_policy')).body, {});
  });
});
