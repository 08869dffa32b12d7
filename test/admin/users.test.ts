import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { until } from '../platform/until.ts';

const v1 = '/_synapse/admin/v1';
const v2 = '/_synapse/admin/v2';
let server: TestServer;
let admin: TestUser;
let alice: TestUser;
let bob: TestUser;

before(async () => {
  server = await testServer({ accountValidity: { periodMs: 60_000 } });
  admin = await server.user('admin', { admin: true });
  alice = await server.user('alice');
  bob = await server.user('bob');
});
after(() => server?.close());

const names = (answer: { body: { users: { name: string }[] } }) => answer.body.users.map((user) => user.name);

test('an account is made and changed with addresses and external ids', async () => {
  const path = `${v2}/users/@carol:localhost`;
  const wish = {
    password: 'long enough',
    displayname: 'Carol',
    avatar_url: 'mxc://localhost/abc',
    user_type: 'bot',
    threepids: [
      { medium: 'email', address: 'Carol@Example.org' },
      { medium: 'msisdn', address: '+44 7470 274584' },
    ],
    external_ids: [{ auth_provider: 'oidc-example', external_id: '42' }],
  };
  const made = await admin.call('PUT', path, wish);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { threepids, creation_ts: created, ...rest } = (await admin.call('GET', path)).body;
  assert.deepEqual(rest, {
    name: '@carol:localhost',
    user_type: 'bot',
    is_guest: false,
    admin: false,
    deactivated: false,
    shadow_banned: false,
    displayname: 'Carol',
    avatar_url: 'mxc://localhost/abc',
    last_seen_ts: null,
    erased: false,
    locked: false,
    suspended: false,
    approved: true,
    appservice_id: null,
    consent_server_notice_sent: null,
    consent_version: null,
    consent_ts: null,
    external_ids: [{ auth_provider: 'oidc-example', external_id: '42' }],
  });
  // Seconds here, milliseconds in lists.
  assert.ok(Math.abs(created - Date.now() / 1000) < 600);
  assert.deepEqual(threepids.map((t: { medium: string; address: string }) => `${t.medium} ${t.address}`).sort(), [
    'email carol@example.org',
    'msisdn 447470274584',
  ]);
  const byMail = await admin.call('GET', `${v1}/threepid/email/users/carol%40example.org`);
  assert.deepEqual(byMail.body, { user_id: '@carol:localhost' });
  const byId = await admin.call('GET', `${v1}/auth_providers/oidc-example/users/42`);
  assert.deepEqual(byId.body, { user_id: '@carol:localhost' });
  assert.equal((await admin.call('GET', `${v1}/auth_providers/oidc-example/users/43`)).body.errcode, 'M_NOT_FOUND');
  assert.equal((await admin.call('GET', `${v1}/threepid/email/users/nobody`)).body.errcode, 'M_NOT_FOUND');

  const taken = { threepids: [{ medium: 'email', address: 'carol@example.org' }] };
  assert.equal((await admin.call('PUT', `${v2}/users/${bob.userId}`, taken)).body.errcode, 'M_THREEPID_IN_USE');
  const stolen = { external_ids: wish.external_ids };
  assert.equal((await admin.call('PUT', `${v2}/users/${bob.userId}`, stolen)).status, 409);
  assert.deepEqual((await admin.call('GET', `${v2}/users/${bob.userId}`)).body.external_ids, []);
  const wrong = { threepids: [{ medium: 'fax', address: '1' }] };
  assert.equal((await admin.call('PUT', path, wrong)).body.errcode, 'M_INVALID_PARAM');

  const changed = await admin.call('PUT', path, { threepids: [], external_ids: [], displayname: '', user_type: null });
  assert.deepEqual(
    [
      changed.status,
      changed.body.threepids,
      changed.body.external_ids,
      changed.body.displayname,
      changed.body.user_type,
    ],
    [200, [], [], null, null],
  );
});

test('a deactivated account comes back with a new password', async () => {
  await server.user('dora');
  const path = `${v2}/users/@dora:localhost`;
  assert.equal((await admin.call('PUT', path, { deactivated: true })).body.deactivated, true);
  assert.equal((await admin.call('GET', path)).body.erased, false);
  const back = await admin.call('PUT', path, { deactivated: false, password: 'another one' });
  assert.equal(back.body.deactivated, false);
  const login = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'dora' }, password: 'another one' };
  assert.equal((await server.call('POST', '/login', login)).body.user_id, '@dora:localhost');
  const erased = await admin.call('POST', `${v1}/deactivate/@dora:localhost`, { erase: true });
  assert.equal(erased.body.id_server_unbind_result, 'success');
  assert.deepEqual(
    [(await admin.call('GET', path)).body.deactivated, (await admin.call('GET', path)).body.erased],
    [true, true],
  );
  assert.equal((await admin.call('PUT', `${v2}/users/${admin.userId}`, { deactivated: true })).status, 400);
});

test('lists are filtered, ordered and paged', async () => {
  const list = (query: string) => admin.call('GET', `${v2}/users?${query}`);
  assert.deepEqual(names(await list('name=ALI')), [alice.userId]);
  assert.deepEqual(names(await list('name=localhost')), [], 'the server name is no part of the name');
  assert.deepEqual(names(await list('user_id=bob%3Alocal')), [bob.userId]);
  assert.deepEqual(names(await list('admins=true')), [admin.userId]);
  assert.ok(!names(await list('')).includes('@dora:localhost'));
  assert.ok(names(await list('deactivated=true')).includes('@dora:localhost'));
  assert.deepEqual(names(await admin.call('GET', '/_synapse/admin/v3/users?deactivated=true')), ['@dora:localhost']);
  assert.ok(names(await admin.call('GET', '/_synapse/admin/v3/users')).includes('@dora:localhost'));
  await admin.call('PUT', `${v2}/users/@carol:localhost`, { user_type: 'support', locked: true });
  assert.ok(!names(await list('')).includes('@carol:localhost'));
  assert.ok(names(await list('locked=true')).includes('@carol:localhost'));
  assert.ok(!names(await list('locked=true&not_user_type=support&not_user_type=bot')).includes('@carol:localhost'));
  assert.deepEqual(names(await list('locked=true&not_user_type=')), ['@carol:localhost']);
  const first = (await list('limit=1&order_by=name&dir=b')).body;
  assert.deepEqual([first.users[0].name, first.next_token, first.total], [bob.userId, '1', 3]);
  const last = (await list('limit=2&from=2&order_by=name&dir=b')).body;
  assert.deepEqual([last.users[0].name, last.next_token], [admin.userId, undefined]);
  assert.ok(first.users[0].creation_ts > 1_600_000_000_000);
  assert.equal((await list('order_by=password')).body.errcode, 'M_INVALID_PARAM');
  assert.equal((await list('limit=-1')).body.errcode, 'M_INVALID_PARAM');
  const found = await admin.call('GET', `${v1}/search_users/${admin.userId}?term=ali`);
  assert.deepEqual(found.body, [{ name: alice.userId, is_guest: false, admin: false, user_type: null }]);
});

test('what a user has and did is told', async () => {
  const roomId = await makeRoom(alice, { invite: [bob.userId], preset: 'public_chat' });
  const left = await makeRoom(alice);
  await alice.call('POST', `/rooms/${left}/leave`, {});
  await bob.call('POST', `/join/${roomId}`, {});
  assert.deepEqual((await admin.call('GET', `${v1}/users/${alice.userId}/joined_rooms`)).body, {
    joined_rooms: [roomId],
    total: 1,
  });
  assert.deepEqual((await admin.call('GET', `${v1}/users/${alice.userId}/memberships`)).body.memberships, {
    [roomId]: 'join',
    [left]: 'leave',
  });
  const count = async (what: string, since: number) =>
    (await admin.call('GET', `${v1}/users/${alice.userId}/${what}?from_ts=${since}`)).body;
  assert.deepEqual(await count('sent_invite_count', 0), { invite_count: 1 });
  assert.deepEqual(await count('sent_invite_count', Date.now() + 10_000), { invite_count: 0 });
  assert.deepEqual(await count('cumulative_joined_room_count', 0), { cumulative_joined_room_count: 2 });
  assert.equal(
    (await admin.call('GET', `${v1}/users/${alice.userId}/sent_invite_count`)).body.errcode,
    'M_MISSING_PARAM',
  );

  await alice.call('PUT', `/user/${alice.userId}/account_data/m.a`, { a: 1 });
  await alice.call('PUT', `/user/${alice.userId}/rooms/${roomId}/account_data/m.b`, { b: 2 });
  const { account_data: data } = (await admin.call('GET', `${v1}/users/${alice.userId}/accountdata`)).body;
  assert.deepEqual([data.global['m.a'], data.rooms[roomId]['m.b']], [{ a: 1 }, { b: 2 }]);

  const pusher = {
    app_id: 'm.http',
    pushkey: 'key',
    kind: 'http',
    app_display_name: 'App',
    device_display_name: 'Phone',
    lang: 'en',
    data: { url: 'https://push.example.org/_matrix/push/v1/notify' },
  };
  await alice.call('POST', '/pushers/set', pusher);
  const pushers = (await admin.call('GET', `${v1}/users/${alice.userId}/pushers`)).body;
  assert.deepEqual(pushers, { pushers: [{ ...pusher, profile_tag: '' }], total: 1 });

  const seen = async () =>
    (await admin.call('GET', `${v1}/whois/${alice.userId}`)).body.devices[''].sessions[0].connections;
  await until('the device was seen', async () => (await seen()).length > 0);
  assert.deepEqual(Object.keys((await seen())[0]).sort(), ['ip', 'last_seen', 'user_agent']);
  const available = await admin.call('GET', `${v1}/username_available?username=erin`);
  assert.deepEqual(available.body, { available: true });
  assert.equal((await admin.call('GET', `${v1}/username_available?username=alice`)).body.errcode, 'M_USER_IN_USE');
  assert.equal((await admin.call('GET', `${v1}/users/@x:example.org/pushers`)).body.errcode, 'M_UNKNOWN');
});

test('what a shadow-banned user sends reaches nobody', async () => {
  const eve = await server.user('eve');
  const roomId = await makeRoom(alice, { preset: 'public_chat' });
  await eve.call('POST', `/join/${roomId}`, {});
  assert.deepEqual((await admin.call('POST', `${v1}/users/${eve.userId}/shadow_ban`)).body, {});
  assert.equal((await admin.call('GET', `${v2}/users/${eve.userId}`)).body.shadow_banned, true);
  const since = (await alice.call('GET', '/sync')).body.next_batch;
  const sent = await say(eve, roomId, 'spam');
  assert.match(sent, /^\$/);
  assert.ok((await eve.call('PUT', `/rooms/${roomId}/redact/${encodeURIComponent(sent)}/1`, {})).body.event_id);
  assert.deepEqual((await eve.call('POST', `/rooms/${roomId}/invite`, { user_id: bob.userId })).body, {});
  await eve.call('PUT', `/rooms/${roomId}/typing/${eve.userId}`, { typing: true });
  await eve.call('PUT', `/profile/${eve.userId}/displayname`, { displayname: 'Seen by nobody' });
  const own = await makeRoom(eve, { invite: [bob.userId], preset: 'private_chat' });
  const state = await eve.call('PUT', `/rooms/${own}/state/m.room.topic`, { topic: 'x' });
  assert.ok(state.body.event_id);
  assert.equal((await eve.call('GET', `/rooms/${own}/state/m.room.topic`)).status, 404);
  assert.equal((await alice.call('GET', `/rooms/${roomId}/event/${encodeURIComponent(sent)}`)).status, 404);
  assert.equal((await alice.call('GET', `/sync?since=${since}&timeout=0`)).body.rooms?.join?.[roomId], undefined);
  assert.equal((await bob.call('GET', '/sync')).body.rooms?.invite, undefined);
  await admin.call('DELETE', `${v1}/users/${eve.userId}/shadow_ban`);
  const heard = await say(eve, roomId, 'again');
  assert.equal(
    (await alice.call('GET', `/rooms/${roomId}/event/${encodeURIComponent(heard)}`)).body.content.body,
    'again',
  );
});

test('an administrator acts as a user, unseen and for a while', async () => {
  const login = (body: object) => admin.call('POST', `${v1}/users/${bob.userId}/login`, body);
  const devices = (await bob.call('GET', '/devices')).body.devices.length;
  const { access_token: token } = (await login({})).body;
  const as = (path: string, method = 'GET') =>
    server.call(method, path, method === 'GET' ? undefined : {}, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await as('/account/whoami')).body.user_id, bob.userId);
  assert.equal((await as('/account/whoami')).body.device_id, undefined);
  assert.equal((await as('/sync')).status, 200);
  assert.equal((await bob.call('GET', '/devices')).body.devices.length, devices);
  assert.deepEqual((await as('/logout', 'POST')).body, {});
  assert.equal((await as('/account/whoami')).body.errcode, 'M_UNKNOWN_TOKEN');
  const past = (await login({ valid_until_ms: Date.now() - 1 })).body.access_token;
  const expired = await server.call('GET', '/account/whoami', undefined, {
    headers: { authorization: `Bearer ${past}` },
  });
  assert.deepEqual([expired.status, expired.body.soft_logout], [401, true]);
  assert.equal((await admin.call('POST', `${v1}/users/${admin.userId}/login`, {})).status, 400);
});

test('features are switched for a user', async () => {
  const path = `${v1}/experimental_features/${bob.userId}`;
  assert.deepEqual((await admin.call('PUT', path, { features: { msc3575: false, msc3881: true } })).body, {});
  assert.deepEqual((await admin.call('GET', path)).body, { features: { msc3575: false, msc3881: true } });
  const flags = async (user?: TestUser) =>
    (await (user ?? server).call('GET', '/_matrix/client/versions')).body.unstable_features;
  assert.equal((await flags())['org.matrix.simplified_msc3575'], true);
  assert.equal((await flags(alice))['org.matrix.simplified_msc3575'], true);
  assert.equal((await flags(bob))['org.matrix.simplified_msc3575'], false);
  assert.equal((await admin.call('PUT', path, { features: { nothing: true } })).body.errcode, 'M_UNKNOWN');
});

test('an expired account is refused until it is prolonged', async () => {
  const path = `${v1}/account_validity/validity`;
  const past = await admin.call('POST', path, { user_id: bob.userId, expiration_ts: 1 });
  assert.deepEqual(past.body, { expiration_ts: 1 });
  assert.equal((await bob.call('GET', '/account/whoami')).body.errcode, 'ORG_MATRIX_EXPIRED_ACCOUNT');
  const prolonged = await admin.call('POST', path, { user_id: bob.userId });
  assert.ok(Math.abs(prolonged.body.expiration_ts - Date.now() - 60_000) < 10_000);
  assert.equal((await bob.call('GET', '/account/whoami')).body.user_id, bob.userId);
});

test('all that a user sent is redacted', async () => {
  const fred = await server.user('fred');
  const rooms = [await makeRoom(fred, { preset: 'public_chat' }), await makeRoom(fred)];
  const sent = [await say(fred, rooms[0] as string, 'a'), await say(fred, rooms[1] as string, 'b')];
  await alice.call('POST', `/join/${rooms[0]}`, {});
  const theirs = await say(alice, rooms[0] as string, 'mine');
  const started = await admin.call('POST', `${v1}/user/${fred.userId}/redact`, { rooms: [], reason: 'spam' });
  const status = `${v1}/user/redact_status/${started.body.redact_id}`;
  await until('the redaction ends', async () => (await admin.call('GET', status)).body.status === 'complete');
  assert.deepEqual((await admin.call('GET', status)).body, { status: 'complete', failed_redactions: {} });
  for (const eventId of sent) {
    const { event } = (await admin.call('GET', `${v1}/fetch_event/${encodeURIComponent(eventId)}`)).body;
    const shown = await fred.call('GET', `/rooms/${event.room_id}/event/${encodeURIComponent(eventId)}`);
    assert.deepEqual([shown.body.content, shown.body.unsigned.redacted_because.content.reason], [{}, 'spam']);
  }
  const kept = await alice.call('GET', `/rooms/${rooms[0]}/event/${encodeURIComponent(theirs)}`);
  assert.equal(kept.body.content.body, 'mine');
  assert.equal((await admin.call('GET', `${v1}/user/redact_status/none`)).body.errcode, 'M_NOT_FOUND');
});
