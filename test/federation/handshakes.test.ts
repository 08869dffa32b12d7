import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventIdOf, type Pdu, verifyEventSignature } from '../../lib/spec/events.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import type { FakeServer } from '../kit/fake-server.ts';
import { TestNetwork } from '../kit/network.ts';
import { makeRoom, type TestServer, type TestUser } from '../kit/server.ts';
import { act, membershipIn, putState, seg } from '../rooms/room-helpers.ts';
import { joinAsPeer, type MadeEvent, makeMember, signed } from './peer-room.ts';

const HOME = 'home.test:8448';
const network = new TestNetwork();
let home: TestServer;
let alice: TestUser;
let peer: FakeServer;
const PEER = '@peer:peer.test:8448';

before(async () => {
  home = await network.homeserver(HOME);
  alice = await home.user('alice');
  peer = network.fake('peer.test:8448');
});
after(() => network.end());

const V = '/_matrix/federation';
const get = (path: string) => peer.request(HOME, 'GET', `${V}/v1${path}`);
const makePath = (what: string, roomId: string, userId = PEER, versions = ['10', '11', '12']) =>
  `/${what}/${seg(roomId)}/${seg(userId)}${versions.map((v, i) => `${i ? '&' : '?'}ver=${v}`).join('')}`;
const put = (what: string, roomId: string, event: MadeEvent, version = 'v2', eventId = event.eventId) =>
  peer.request(HOME, 'PUT', `${V}/${version}/${what}/${seg(roomId)}/${seg(eventId)}`, asJson(event.pdu));
const asJson = (pdu: Pdu) => pdu as unknown as JsonObject;

for (let version = 1; version <= 12; version++) {
  test(`room version ${version}: a user of another server joins, and leaves`, async () => {
    const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: String(version) });
    const room = await joinAsPeer(peer, HOME, roomId);
    assert.equal(await membershipIn(home, roomId, PEER), 'join');
    assert.equal(room.version.id, String(version));
    const answer = room.answer as unknown as {
      origin: string;
      event: Pdu;
      state: Pdu[];
      auth_chain: Pdu[];
    } & JsonObject;
    assert.equal(answer.origin, HOME);
    assert.equal(answer['members_omitted'], false);
    const { key } = home.ctx.signer;
    assert.ok(verifyEventSignature(answer.event, room.version, HOME, key.keyId, key.publicKey), 'signed here, too');
    const types = answer.state.map((pdu) => pdu.type).sort();
    assert.ok(types.includes('m.room.create') && types.includes('m.room.power_levels'));
    assert.ok(answer.auth_chain.some((pdu) => pdu.type === 'm.room.create'));
    assert.ok(!answer.state.some((pdu) => pdu.state_key === PEER), 'the state is that before the join');

    const { version: _version, ...leave } = await makeMember(peer, HOME, roomId, PEER, 'leave');
    const { status, body } = await put('send_leave', roomId, leave);
    assert.deepEqual([status, body], [200, {}]);
    assert.equal(await membershipIn(home, roomId, PEER), 'leave');
  });
}

test('the template of a join has what a join needs', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '11' });
  const { status, body } = await get(makePath('make_join', roomId));
  assert.equal(status, 200);
  assert.equal(body.room_version, '11');
  const { event } = body;
  assert.deepEqual(
    { type: event.type, sender: event.sender, state_key: event.state_key, room_id: event.room_id },
    { type: 'm.room.member', sender: PEER, state_key: PEER, room_id: roomId },
  );
  assert.deepEqual(event.content, { membership: 'join' });
  assert.equal(event.prev_events.length, 1);
  assert.equal(event.auth_events.length, 3);
  assert.equal(typeof event.depth, 'number');
});

test('templates are refused: unknown rooms, rooms that let nobody in, users of others, versions that are not known', async () => {
  const open = await makeRoom(alice, { preset: 'public_chat', room_version: '11' });
  const closed = await makeRoom(alice, { preset: 'private_chat', room_version: '11' });
  assert.deepEqual(await codes(get(makePath('make_join', '!none:home.test:8448'))), [404, 'M_NOT_FOUND']);
  assert.deepEqual(await codes(get(makePath('make_join', closed))), [403, 'M_FORBIDDEN']);
  assert.deepEqual(await codes(get(makePath('make_join', open, '@x:other.test'))), [403, 'M_FORBIDDEN']);
  assert.deepEqual(await codes(get(makePath('make_join', open, 'nobody'))), [400, 'M_INVALID_PARAM']);
  const incompatible = await get(makePath('make_join', open, PEER, ['1', '10']));
  assert.deepEqual([incompatible.status, incompatible.body.errcode], [400, 'M_INCOMPATIBLE_ROOM_VERSION']);
  assert.equal(incompatible.body.room_version, '11');
  // Without a word about versions, the first is meant.
  assert.deepEqual(await codes(get(makePath('make_join', open, PEER, []))), [400, 'M_INCOMPATIBLE_ROOM_VERSION']);
  assert.deepEqual(await codes(get(makePath('make_knock', open))), [403, 'M_FORBIDDEN']);
  assert.deepEqual(await codes(get(makePath('make_leave', open))), [403, 'M_FORBIDDEN']);
});

test('a join is refused that is not what the path says, or not signed, and nothing is stored', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '11' });
  const { version, ...join } = await makeMember(peer, HOME, roomId, PEER);
  const INVALID = [400, 'M_INVALID_PARAM'];
  const FORBIDDEN = [403, 'M_FORBIDDEN'];
  const { hashes: _hashes, signatures: _signatures, ...bare } = join.pdu;
  const remade = (change: object) => signed(peer, { ...bare, ...change } as never, version);
  assert.deepEqual(await codes(put('send_join', roomId, join, 'v2', '$another')), INVALID);
  assert.deepEqual(await codes(put('send_join', roomId, remade({ type: 'm.room.topic' }))), INVALID);
  assert.deepEqual(await codes(put('send_join', roomId, remade({ content: { membership: 'leave' } }))), INVALID);
  assert.deepEqual(await codes(put('send_join', roomId, remade({ state_key: '@b:peer.test:8448' }))), INVALID);
  const foreign = remade({ sender: '@b:other.test', state_key: '@b:other.test' });
  assert.deepEqual(await codes(put('send_join', roomId, foreign)), FORBIDDEN);
  const forged = { ...join, pdu: { ...join.pdu, signatures: { [peer.name]: { [peer.key.keyId]: 'A'.repeat(86) } } } };
  assert.deepEqual(await codes(put('send_join', roomId, forged)), FORBIDDEN);
  const unsigned = { ...join, pdu: { ...join.pdu, signatures: {} } };
  assert.deepEqual(await codes(put('send_join', roomId, unsigned)), FORBIDDEN);
  const noSender = { ...join, pdu: { ...join.pdu, sender: 5 } as unknown as Pdu };
  assert.deepEqual(await codes(put('send_join', roomId, noSender)), [400, 'M_BAD_JSON']);
  assert.equal(await membershipIn(home, roomId, PEER), undefined);
});

test('a join that the room does not allow any more is refused', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '11' });
  const { version: _version, ...join } = await makeMember(peer, HOME, roomId, PEER);
  await act(alice, roomId, 'ban', { user_id: PEER });
  assert.deepEqual(await codes(put('send_join', roomId, join)), [403, 'M_FORBIDDEN']);
  assert.equal(await membershipIn(home, roomId, PEER), 'ban');
});

test('the same join twice is one join; version 1 of the endpoints wraps its answers', async () => {
  const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '5' });
  const { version: _version, ...join } = await makeMember(peer, HOME, roomId, PEER);
  const first = await put('send_join', roomId, join, 'v1');
  assert.equal(first.body[0], 200);
  assert.equal(first.body[1].event.state_key, PEER);
  const again = await put('send_join', roomId, join, 'v1');
  assert.deepEqual(again.body[1].state, first.body[1].state);
  const { version: _v, ...leave } = await makeMember(peer, HOME, roomId, PEER, 'leave');
  assert.deepEqual((await put('send_leave', roomId, leave, 'v1')).body, [200, {}]);
});

test('with omit_members only those members come that name the room', async () => {
  const join = async (body: JsonObject) => {
    const roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '11', ...body });
    const { version, ...made } = await makeMember(peer, HOME, roomId, PEER);
    const path = `${V}/v2/send_join/${seg(roomId)}/${seg(made.eventId)}?omit_members=true`;
    const answer = (await peer.request(HOME, 'PUT', path, asJson(made.pdu))).body;
    const members = answer.state.filter((pdu: Pdu) => pdu.type === 'm.room.member');
    return { answer, members: members.map((pdu: Pdu) => pdu.state_key), version };
  };
  const named = await join({ name: 'A room' });
  assert.equal(named.answer.members_omitted, true);
  assert.deepEqual(named.members, []);
  assert.deepEqual(new Set(named.answer.servers_in_room), new Set([HOME, peer.name]));
  const inState = new Set(named.answer.state.map((pdu: Pdu) => eventIdOf(pdu, named.version)));
  assert.ok(named.answer.auth_chain.every((pdu: Pdu) => !inState.has(eventIdOf(pdu, named.version))));
  assert.ok(
    named.answer.auth_chain.some((pdu: Pdu) => pdu.state_key === alice.userId),
    'who made it possible',
  );
  assert.deepEqual((await join({})).members, [alice.userId]);
});

test('joins of restricted rooms: vouched for by who may, refused to others', async () => {
  const club = await makeRoom(alice, { preset: 'public_chat', room_version: '11' });
  const rule = (allow: JsonObject[]) => ({
    preset: 'private_chat',
    room_version: '11',
    initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'restricted', allow } }],
  });
  const byClub = { type: 'm.room_membership', room_id: club };
  const roomId = await makeRoom(alice, rule([byClub]));
  assert.deepEqual(await codes(get(makePath('make_join', roomId))), [403, 'M_FORBIDDEN']);
  const elsewhere = await makeRoom(alice, rule([{ type: 'm.room_membership', room_id: '!x:y' }]));
  assert.deepEqual(await codes(get(makePath('make_join', elsewhere))), [400, 'M_UNABLE_TO_AUTHORISE_JOIN']);

  await joinAsPeer(peer, HOME, club);
  const made = await get(makePath('make_join', roomId));
  assert.equal(made.body.event.content.join_authorised_via_users_server, alice.userId);
  const { version, ...join } = await makeMember(peer, HOME, roomId, PEER);
  assert.deepEqual(Object.keys(join.pdu.signatures), [peer.name], 'only the joining server has signed yet');
  const { status, body } = await put('send_join', roomId, join);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(Object.keys(body.event.signatures).sort(), [HOME, peer.name]);
  const { key } = home.ctx.signer;
  assert.ok(verifyEventSignature(body.event, version, HOME, key.keyId, key.publicKey));
  assert.equal(await membershipIn(home, roomId, PEER), 'join');

  const silent = await makeRoom(alice, {
    ...rule([byClub]),
    power_level_content_override: { invite: 100, users: { [alice.userId]: 100 } },
  });
  await putState(alice, silent, 'm.room.power_levels', { invite: 100, users: { [alice.userId]: 50 } });
  assert.deepEqual(await codes(get(makePath('make_join', silent))), [400, 'M_UNABLE_TO_GRANT_JOIN']);
});

test('a user of another server knocks, and gets to see what the room shows', async () => {
  const roomId = await makeRoom(alice, {
    preset: 'private_chat',
    room_version: '11',
    name: 'Ask first',
    initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
  });
  const { version: _version, ...knock } = await makeMember(peer, HOME, roomId, PEER, 'knock');
  const { status, body } = await put('send_knock', roomId, knock, 'v1');
  assert.equal(status, 200, JSON.stringify(body));
  const shown = new Map(body.knock_room_state.map((event: Pdu) => [event.type, event]));
  assert.equal((shown.get('m.room.name') as Pdu).content['name'], 'Ask first');
  assert.ok((shown.get('m.room.create') as Pdu).signatures, 'whole events, that can be checked');
  assert.ok(!shown.has('m.room.member'));
  assert.equal(await membershipIn(home, roomId, PEER), 'knock');
  const { version: _v, ...leave } = await makeMember(peer, HOME, roomId, PEER, 'leave');
  assert.equal((await put('send_leave', roomId, leave)).status, 200);
  assert.equal(await membershipIn(home, roomId, PEER), 'leave');
});

/** An invite to a room that only the fake server has. */
function inviteEvent(userId: string, roomId = '!theirs:peer.test:8448', room_version = '10', change: object = {}) {
  const version = { '10': 10, '1': 1 }[room_version];
  assert.ok(version);
  const pdu = {
    type: 'm.room.member',
    room_id: roomId,
    sender: PEER,
    state_key: userId,
    content: { membership: 'invite' },
    origin_server_ts: Date.now(),
    depth: 5,
    prev_events: [],
    auth_events: [],
    ...change,
  };
  return signed(peer, pdu as never, VERSIONS[room_version] as never);
}
const VERSIONS: Record<string, unknown> = {};
before(async () => {
  const { getRoomVersion } = await import('../../lib/spec/room-versions.ts');
  for (const id of ['1', '10', '12']) VERSIONS[id] = getRoomVersion(id);
});

const STRIPPED = [
  { type: 'm.room.name', state_key: '', sender: PEER, content: { name: 'Their room' }, origin_server_ts: 1 },
];

function bringInvite(event: MadeEvent, more: JsonObject = {}, roomId = event.pdu.room_id as string) {
  const body = { room_version: '10', event: asJson(event.pdu), invite_room_state: STRIPPED, ...more };
  return peer.request(HOME, 'PUT', `${V}/v2/invite/${seg(roomId)}/${seg(event.eventId)}`, body);
}

test('an invite is signed, and its user sees it with what the room shows', async () => {
  const bob = await home.user('bob');
  const event = inviteEvent(bob.userId);
  const { status, body } = await bringInvite(event);
  assert.equal(status, 200, JSON.stringify(body));
  const { key } = home.ctx.signer;
  assert.ok(verifyEventSignature(body.event, VERSIONS['10'] as never, HOME, key.keyId, key.publicKey));
  assert.deepEqual({ ...body.event, signatures: undefined }, { ...event.pdu, signatures: undefined });
  const sync = (await bob.call('GET', '/sync')).body;
  const [[roomId, invite]] = Object.entries(sync.rooms.invite) as [[string, JsonObject]];
  assert.equal(roomId, '!theirs:peer.test:8448');
  const { events } = invite['invite_state'] as unknown as { events: { type: string; content: JsonObject }[] };
  assert.equal(events.find((e) => e.type === 'm.room.name')?.content['name'], 'Their room');
  assert.ok(events.some((e) => e.type === 'm.room.member'));
  const named = events.find((e) => e.type === 'm.room.name') as object;
  assert.deepEqual(Object.keys(named).sort(), ['content', 'sender', 'state_key', 'type']);
  // The same again changes nothing.
  assert.equal((await bringInvite(event)).status, 200);
});

test('an invite of room version 1 comes by the older endpoint', async () => {
  const carol = await home.user('carol');
  const roomId = '!old:peer.test:8448';
  const event = inviteEvent(carol.userId, roomId, '1', { event_id: '$inv:peer.test:8448' });
  const path = `${V}/v1/invite/${seg(roomId)}/${seg(event.eventId)}`;
  const withState = { ...asJson(event.pdu), unsigned: { invite_room_state: STRIPPED } };
  const { status, body } = await peer.request(HOME, 'PUT', path, withState);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body[0], 200);
  assert.equal(body[1].event.state_key, carol.userId);
  const sync = (await carol.call('GET', '/sync')).body;
  assert.ok(sync.rooms.invite[roomId]);
});

test('invites are refused: versions that are not known, what is no invite, users who left, those who want none', async () => {
  const dave = await home.user('dave');
  const INVALID = [400, 'M_INVALID_PARAM'];
  const good = inviteEvent(dave.userId);
  const strange = await bringInvite(good, { room_version: 'x.y' });
  assert.deepEqual([strange.status, strange.body.errcode], [400, 'M_INCOMPATIBLE_ROOM_VERSION']);
  assert.deepEqual(await codes(bringInvite(good, {}, '!other:peer.test:8448')), INVALID);
  const join = inviteEvent(dave.userId, undefined, undefined, { content: { membership: 'join' } });
  assert.deepEqual(await codes(bringInvite(join)), INVALID);
  const topic = inviteEvent(dave.userId, undefined, undefined, { type: 'm.room.topic' });
  assert.deepEqual(await codes(bringInvite(topic)), INVALID);
  assert.deepEqual(await codes(bringInvite(inviteEvent('@x:other.test'))), INVALID);
  const forged = { ...good, pdu: { ...good.pdu, signatures: { [peer.name]: { [peer.key.keyId]: 'A'.repeat(86) } } } };
  assert.deepEqual(await codes(bringInvite(forged)), [403, 'M_FORBIDDEN']);
  const gone = await home.user('gone');
  await home.ctx.db.query('UPDATE users SET deactivated_ts = 1 WHERE user_id = $1', [gone.userId]);
  assert.deepEqual(await codes(bringInvite(inviteEvent(gone.userId))), [403, 'M_FORBIDDEN']);
  const config = `/user/${seg(dave.userId)}/account_data/m.invite_permission_config`;
  await dave.call('PUT', config, { default_action: 'block' });
  assert.deepEqual(await codes(bringInvite(good)), [403, 'M_INVITE_BLOCKED']);
  assert.equal((await dave.call('GET', '/sync')).body.rooms?.invite?.['!theirs:peer.test:8448'], undefined);
});

test('an invite to a room of version 12 has to show which room it is', async () => {
  const erin = await home.user('erin');
  const version = VERSIONS['12'] as never;
  const base = { sender: PEER, origin_server_ts: 1, prev_events: [], auth_events: [] };
  const create = signed(
    peer,
    { ...base, type: 'm.room.create', state_key: '', content: { room_version: '12' }, depth: 1 } as never,
    version,
  );
  const roomId = `!${create.eventId.slice(1)}`;
  const member = { ...base, type: 'm.room.member', room_id: roomId, state_key: erin.userId, depth: 5 };
  const event = signed(peer, { ...member, content: { membership: 'invite' } } as never, version);
  const bring = (state: JsonObject[]) => bringInvite(event, { room_version: '12', invite_room_state: state });
  assert.deepEqual(await codes(bring([asJson(event.pdu)])), [400, 'M_INVALID_PARAM'], 'no create event');
  const other = signed(peer, { ...create.pdu, origin_server_ts: 2 } as never, version);
  assert.deepEqual(await codes(bring([asJson(other.pdu)])), [400, 'M_INVALID_PARAM']);
  const unsigned = { ...asJson(create.pdu), signatures: {} };
  assert.deepEqual(await codes(bring([unsigned])), [400, 'M_INVALID_PARAM']);
  assert.equal((await bring([asJson(create.pdu)])).status, 200);
  assert.ok((await erin.call('GET', '/sync')).body.rooms.invite[roomId]);
});

test('an invite that is taken back over federation is gone', async () => {
  const frank = await home.user('frank');
  const roomId = '!regret:peer.test:8448';
  const invite = inviteEvent(frank.userId, roomId);
  assert.equal((await bringInvite(invite)).status, 200);
  const since = (await frank.call('GET', '/sync')).body.next_batch;
  const stranger = network.fake('stranger.test:8448');
  const { sendTransaction } = await import('./peer-room.ts');
  const change = { content: { membership: 'leave' }, auth_events: [invite.eventId], depth: 6 };
  const foreign = { ...change, sender: '@x:stranger.test:8448' };
  const base = { ...invite.pdu, hashes: undefined, signatures: undefined };
  const forged = signed(stranger, { ...base, ...foreign } as never, VERSIONS['10'] as never);
  await sendTransaction(stranger, HOME, { pdus: [forged.pdu] });
  assert.equal(await pending(frank, roomId), true, 'a server that did not invite cannot take it back');
  const back = signed(peer, { ...base, ...change } as never, VERSIONS['10'] as never);
  const { body } = await sendTransaction(peer, HOME, { pdus: [back.pdu] });
  assert.deepEqual(body, { pdus: { [back.eventId]: {} } });
  assert.equal(await pending(frank, roomId), false);
  const sync = (await frank.call('GET', `/sync?since=${since}`)).body;
  assert.ok(sync.rooms.leave[roomId]);
});

async function pending(user: TestUser, roomId: string): Promise<boolean> {
  return (await user.call('GET', '/sync')).body.rooms?.invite?.[roomId] !== undefined;
}

async function codes(answer: Promise<{ status: number; body: { errcode?: string } }>): Promise<[number, string?]> {
  const { status, body } = await answer;
  return [status, body.errcode];
}
