import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { JsonObject } from '../../lib/spec/json.ts';
import type { FakeServer } from '../kit/fake-server.ts';
import { TestNetwork } from '../kit/network.ts';
import { makeRoom, type TestServer, type TestUser } from '../kit/server.ts';
import { act, putState, seg } from '../rooms/room-helpers.ts';
import { joinAsPeer } from './peer-room.ts';

const HOME = 'home.test:8448';
const network = new TestNetwork();
let home: TestServer;
let alice: TestUser;
let peer: FakeServer;

before(async () => {
  home = await network.homeserver(HOME, { federation: { publicRoomsOverFederation: true } });
  alice = await home.user('alice');
  peer = network.fake('peer.test:8448');
});
after(() => network.end());

const V1 = '/_matrix/federation/v1';
const get = (path: string, who = peer) => who.request(HOME, 'GET', V1 + path);
const post = (path: string, body: JsonObject) => peer.request(HOME, 'POST', V1 + path, body);
async function codes(answer: Promise<{ status: number; body: { errcode?: string } }>): Promise<[number, string?]> {
  const { status, body } = await answer;
  return [status, body.errcode];
}

test('profiles: whole, one field, unknown users, users of others', async () => {
  const me = `/query/profile?user_id=${seg(alice.userId)}`;
  await alice.call('PUT', `/profile/${seg(alice.userId)}/displayname`, { displayname: 'Alice' });
  assert.deepEqual((await get(me)).body, { displayname: 'Alice' });
  assert.deepEqual((await get(`${me}&field=displayname`)).body, { displayname: 'Alice' });
  assert.deepEqual((await get(`${me}&field=avatar_url`)).body, {});
  assert.deepEqual(await codes(get(`/query/profile?user_id=${seg(`@nobody:${HOME}`)}`)), [404, 'M_NOT_FOUND']);
  assert.deepEqual(await codes(get('/query/profile?user_id=%40a%3Aelsewhere.test')), [404, 'M_NOT_FOUND']);
  assert.deepEqual(await codes(get(`/query/profile?user_id=${seg('@a:elsewhere:http')}`)), [400, 'M_INVALID_PARAM']);
  assert.deepEqual(await codes(get('/query/profile')), [400, 'M_MISSING_PARAM']);
  assert.deepEqual(await codes(get('/query/weather')), [404, 'M_UNRECOGNIZED']);
});

test('aliases: the room and servers that are in it', async () => {
  const roomId = await makeRoom(alice, { room_alias_name: 'lounge', preset: 'public_chat' });
  await joinAsPeer(peer, HOME, roomId);
  const path = `/query/directory?room_alias=${seg(`#lounge:${HOME}`)}`;
  assert.deepEqual((await get(path)).body, { room_id: roomId, servers: [HOME, peer.name] });
  assert.deepEqual(await codes(get(`/query/directory?room_alias=${seg(`#none:${HOME}`)}`)), [404, 'M_NOT_FOUND']);
  assert.deepEqual(await codes(get('/query/directory?room_alias=%23x%3Aelsewhere.test')), [404, 'M_NOT_FOUND']);
});

test('the directory, paged and searched; closed where the server keeps it to itself', async () => {
  for (const name of ['Apples', 'Pears']) {
    await makeRoom(alice, { name, visibility: 'public', preset: 'public_chat' });
  }
  const first = await get('/publicRooms?limit=1');
  assert.equal(first.body.chunk.length, 1);
  const second = await get(`/publicRooms?limit=1&since=${seg(first.body.next_batch)}`);
  const names = [first, second].map((page) => page.body.chunk[0].name).sort();
  assert.deepEqual(names, ['Apples', 'Pears']);
  const found = await post('/publicRooms', { filter: { generic_search_term: 'pear' } });
  assert.deepEqual(
    found.body.chunk.map((room: { name: string }) => room.name),
    ['Pears'],
  );
  await network.homeserver('shy.test:8448');
  assert.deepEqual(await codes(peer.request('shy.test:8448', 'GET', `${V1}/publicRooms`)), [403, 'M_FORBIDDEN']);
});

test('a space, its open children, and the ids of the others', async () => {
  const open = await makeRoom(alice, { name: 'Open', preset: 'public_chat' });
  const closed = await makeRoom(alice, { name: 'Closed', preset: 'private_chat' });
  const space = await makeRoom(alice, { preset: 'public_chat', creation_content: { type: 'm.space' } });
  const members = await makeRoom(alice, {
    name: 'For members',
    initial_state: [
      {
        type: 'm.room.join_rules',
        state_key: '',
        content: { join_rule: 'restricted', allow: [{ type: 'm.room_membership', room_id: space }] },
      },
    ],
  });
  for (const [child, content] of [
    [open, { via: [HOME], suggested: true }],
    [closed, { via: [HOME] }],
    [members, { via: [HOME] }],
    ['!far:elsewhere.test', { via: ['elsewhere.test'] }],
    ['!gone:elsewhere.test', {}],
  ] as const) {
    await putState(alice, space, 'm.space.child', content, child);
  }
  const { status, body } = await get(`/hierarchy/${seg(space)}`);
  assert.equal(status, 200);
  assert.equal(body.room.room_id, space);
  assert.equal(body.room.room_type, 'm.space');
  const children = body.room.children_state.map((child: { state_key: string }) => child.state_key);
  assert.deepEqual(new Set(children), new Set([open, closed, members, '!far:elsewhere.test']));
  assert.deepEqual(
    body.children.map((room: { name: string }) => room.name),
    ['Open'],
  );
  assert.deepEqual(new Set(body.inaccessible_children), new Set([closed, members]));

  await joinAsPeer(peer, HOME, space);
  const inside = await get(`/hierarchy/${seg(space)}`);
  assert.deepEqual(
    new Set(inside.body.children.map((room: { name: string }) => room.name)),
    new Set(['Open', 'For members']),
  );
  assert.deepEqual(inside.body.inaccessible_children, [closed]);
  const suggested = await get(`/hierarchy/${seg(space)}?suggested_only=true`);
  assert.deepEqual(
    suggested.body.children.map((room: { name: string }) => room.name),
    ['Open'],
  );
  assert.deepEqual(await codes(get(`/hierarchy/${seg(closed)}`)), [404, 'M_NOT_FOUND']);
  assert.deepEqual(await codes(get('/hierarchy/!none:x')), [404, 'M_NOT_FOUND']);
});

const DEVICE_KEYS = (userId: string, deviceId: string) => ({
  user_id: userId,
  device_id: deviceId,
  algorithms: ['m.olm.v1.curve25519-aes-sha2'],
  keys: { [`ed25519:${deviceId}`]: 'a'.repeat(43), [`curve25519:${deviceId}`]: 'b'.repeat(43) },
  signatures: { [userId]: { [`ed25519:${deviceId}`]: 'c'.repeat(86) } },
});

test('devices and keys of a user, and one-time keys', async () => {
  const bob = await home.user('bob');
  const keys = DEVICE_KEYS(bob.userId, bob.deviceId);
  const one = { 'signed_curve25519:A': { key: 'k', signatures: keys.signatures } };
  const before = (await get(`/user/devices/${seg(bob.userId)}`)).body;
  assert.deepEqual([before.user_id, before.devices], [bob.userId, []]);
  const uploaded = await bob.call('POST', '/keys/upload', { device_keys: keys, one_time_keys: one });
  assert.equal(uploaded.status, 200, JSON.stringify(uploaded.body));
  await bob.call('PUT', `/devices/${bob.deviceId}`, { display_name: 'Phone' });

  const { body } = await get(`/user/devices/${seg(bob.userId)}`);
  assert.ok(body.stream_id > before.stream_id);
  assert.deepEqual(body.devices, [{ device_id: bob.deviceId, keys, device_display_name: 'Phone' }]);
  assert.deepEqual(await codes(get(`/user/devices/${seg(`@nobody:${HOME}`)}`)), [404, 'M_NOT_FOUND']);
  assert.deepEqual(await codes(get('/user/devices/%40a%3Aelsewhere.test')), [404, 'M_NOT_FOUND']);

  const query = await post('/user/keys/query', { device_keys: { [bob.userId]: [], '@a:elsewhere.test': [] } });
  assert.deepEqual(Object.keys(query.body.device_keys), [bob.userId]);
  const found = query.body.device_keys[bob.userId][bob.deviceId];
  assert.equal(found.unsigned.device_display_name, 'Phone');
  assert.equal(query.body.user_signing_keys, undefined);
  assert.deepEqual(await codes(post('/user/keys/query', {})), [400, 'M_MISSING_PARAM']);

  const wanted = { one_time_keys: { [bob.userId]: { [bob.deviceId]: 'signed_curve25519' } } };
  const claimed = await post('/user/keys/claim', wanted);
  assert.deepEqual(claimed.body.one_time_keys[bob.userId][bob.deviceId], one);
  assert.deepEqual((await post('/user/keys/claim', wanted)).body.one_time_keys, {}, 'each only once');
});

test('a file in two parts, and none that is not there', async () => {
  const text = 'not much, but binary: \u0001';
  const upload = await alice.call('POST', '/_matrix/media/v3/upload?filename=note.txt', text, {
    headers: { 'content-type': 'text/plain' },
  });
  const mediaId = (upload.body.content_uri as string).split('/').at(-1) as string;
  const parts = await multipart(`${V1}/media/download/${mediaId}`);
  assert.equal(parts.length, 2);
  assert.deepEqual(JSON.parse(parts[0]?.body ?? ''), {});
  assert.equal(parts[0]?.headers.get('content-type'), 'application/json');
  assert.equal(parts[1]?.body, text);
  assert.match(parts[1]?.headers.get('content-type') ?? '', /^text\/plain/);
  assert.match(parts[1]?.headers.get('content-disposition') ?? '', /note\.txt/);
  assert.deepEqual(await codes(get('/media/download/none')), [404, 'M_NOT_FOUND']);
  assert.deepEqual(await codes(get(`/media/thumbnail/${mediaId}?width=9&height=9`)), [400, 'M_UNKNOWN']);
});

async function multipart(uri: string): Promise<{ headers: Headers; body: string }[]> {
  const { authorizationOf } = await import('../../lib/domain/federation/request-signature.ts');
  const authorization = authorizationOf(peer.signer, { method: 'GET', uri, destination: HOME });
  const response = await home.fetch(uri, { headers: { authorization, range: 'bytes=0-3' } });
  assert.equal(response.status, 200);
  const type = response.headers.get('content-type') ?? '';
  const boundary = /^multipart\/mixed; boundary=(\S+)$/.exec(type)?.[1];
  assert.ok(boundary, type);
  const text = await response.text();
  assert.equal(Buffer.byteLength(text), Number(response.headers.get('content-length')));
  const [preamble, ...rest] = text.split(`--${boundary}`);
  assert.equal(preamble, '');
  assert.equal(rest.at(-1), '--\r\n');
  return rest.slice(0, -1).map((part) => {
    const [head = '', ...body] = part.replace(/^\r\n/, '').split('\r\n\r\n');
    const headers = new Headers(
      head.split('\r\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
    );
    return { headers, body: body.join('\r\n\r\n').replace(/\r\n$/, '') };
  });
}

test('a third-party invite is exchanged only for what an identity server has signed', async () => {
  const roomId = await makeRoom(alice, { preset: 'private_chat' });
  const path = `${V1}/exchange_third_party_invite/${seg(roomId)}`;
  const body = (change: JsonObject = {}) => ({
    type: 'm.room.member',
    room_id: roomId,
    state_key: '@them:peer.test:8448',
    sender: '@them:peer.test:8448',
    content: {
      membership: 'invite',
      third_party_invite: {
        display_name: 'x',
        signed: { mxid: '@them:peer.test:8448', token: 'none', signatures: {} },
      },
    },
    ...change,
  });
  const put = (content: JsonObject) => codes(peer.request(HOME, 'PUT', path, content));
  assert.deepEqual(await put(body()), [403, 'M_FORBIDDEN']);
  assert.deepEqual(await put(body({ room_id: '!other:x' })), [400, 'M_INVALID_PARAM']);
  assert.deepEqual(await put(body({ type: 'm.room.topic' })), [400, 'M_BAD_JSON']);
  const unknown = `${V1}/exchange_third_party_invite/!none%3Ax`;
  assert.deepEqual(await codes(peer.request(HOME, 'PUT', unknown, body({ room_id: '!none:x' }))), [404, 'M_NOT_FOUND']);
  await act(alice, roomId, 'leave');
});
