import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';

const encode = encodeURIComponent;
type Event = { event_id: string; type: string; state_key?: string; content: Record<string, unknown> };

const ids = (events: Event[]) => events.map((e) => e.event_id);
const types = (events: Event[]) => events.map((e) => e.type);

describe('reading rooms', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let carol: TestUser;
  before(async () => {
    server = await testServer({ allowGuestAccess: true });
    alice = await server.user('alice');
    bob = await server.user('bob');
    carol = await server.user('carol');
  });
  after(() => server.close());

  async function room(options: object = {}, ...members: TestUser[]) {
    const roomId = await makeRoom(alice, { preset: 'public_chat', ...options });
    for (const member of members) await member.call('POST', `/join/${encode(roomId)}`, {});
    return { roomId, path: `/rooms/${encode(roomId)}` };
  }
  const setState = (user: TestUser, path: string, type: string, content: object, key = '') =>
    user.call('PUT', `${path}/state/${encode(type)}/${encode(key)}`, content);

  describe('context', () => {
    test('shares the limit between before and after, with tokens that go on from there', async () => {
      const { roomId, path } = await room();
      const said: string[] = [];
      for (let i = 0; i < 9; i++) said.push(await say(alice, roomId, `m${i}`));
      const { status, body } = await alice.call('GET', `${path}/context/${encode(said[4]!)}?limit=5`);
      assert.equal(status, 200);
      assert.equal(body.event.event_id, said[4]);
      assert.deepEqual(ids(body.events_before), [said[3], said[2]]);
      assert.deepEqual(ids(body.events_after), [said[5], said[6], said[7]]);
      assert.ok(types(body.state).includes('m.room.create'));
      const back = await alice.call('GET', `${path}/messages?dir=b&limit=2&from=${encode(body.start)}`);
      assert.deepEqual(ids(back.body.chunk), [said[1], said[0]]);
      const on = await alice.call('GET', `${path}/messages?dir=f&limit=2&from=${encode(body.end)}`);
      assert.deepEqual(ids(on.body.chunk), [said[8]]);
      const alone = await alice.call('GET', `${path}/context/${encode(said[4]!)}?limit=0`);
      assert.deepEqual([alone.body.events_before, alone.body.events_after], [[], []]);
      assert.equal(alone.body.event.event_id, said[4]);
    });

    test('loads members lazily: the state after the last event, of the members only those who speak', async () => {
      const { roomId, path } = await room({}, bob, carol);
      await say(bob, roomId, 'bob was here');
      const said = await say(alice, roomId, 'the event');
      const filter = encode(JSON.stringify({ lazy_load_members: true }));
      const { body } = await alice.call('GET', `${path}/context/${encode(said)}?limit=2&filter=${filter}`);
      const members = body.state.filter((e: Event) => e.type === 'm.room.member').map((e: Event) => e.state_key);
      assert.deepEqual(members.sort(), [alice.userId, bob.userId]);
      const only = encode(JSON.stringify({ types: ['m.room.name'] }));
      const filtered = await alice.call('GET', `${path}/context/${encode(said)}?filter=${only}`);
      assert.deepEqual([filtered.body.events_before, filtered.body.state], [[], []]);
    });

    test('403 from outside, 404 for an event that is not there or in another room', async () => {
      const { roomId, path } = await room();
      const other = await room();
      const said = await say(alice, roomId, 'x');
      const outside = await bob.call('GET', `${path}/context/${encode(said)}`);
      assert.deepEqual([outside.status, outside.body.errcode], [403, 'M_FORBIDDEN']);
      for (const path2 of [`${path}/context/${encode('$nothing')}`, `${other.path}/context/${encode(said)}`]) {
        const answer = await alice.call('GET', path2);
        assert.deepEqual([answer.status, answer.body.errcode], [404, 'M_NOT_FOUND']);
      }
    });

    test('403 for an event from before the user could see', async () => {
      const { roomId, path } = await room();
      await setState(alice, path, 'm.room.history_visibility', { history_visibility: 'joined' });
      const said = await say(alice, roomId, 'x');
      await bob.call('POST', `${path}/join`, {});
      assert.equal((await bob.call('GET', `${path}/context/${encode(said)}`)).status, 403);
      assert.equal((await bob.call('GET', `${path}/event/${encode(said)}`)).status, 404);
    });
  });

  test('event: by room and by id alone; 404 from outside', async () => {
    const { roomId, path } = await room();
    const said = await say(alice, roomId, 'hello');
    for (const uri of [`${path}/event/${encode(said)}`, `/events/${encode(said)}`]) {
      const { status, body } = await alice.call('GET', uri);
      assert.equal(status, 200);
      assert.equal(body.content.body, 'hello');
      assert.equal(body.room_id, roomId);
      assert.equal((await bob.call('GET', uri)).status, 404);
    }
    assert.equal((await alice.call('GET', `${path}/event/${encode('$none')}`)).status, 404);
    assert.equal((await alice.call('GET', `/rooms/${encode('!none:x')}/event/${encode(said)}`)).status, 404);
  });

  test('a redacted event is shown without its content, and says by what', async () => {
    const { roomId, path } = await room();
    const said = await say(alice, roomId, 'secret');
    const { body: redaction } = await alice.call('PUT', `${path}/redact/${encode(said)}/t`, { reason: 'oops' });
    const { body } = await alice.call('GET', `${path}/event/${encode(said)}`);
    assert.deepEqual(body.content, {});
    assert.equal(body.unsigned.redacted_because.event_id, redaction.event_id);
    assert.equal(body.unsigned.redacted_because.content.reason, 'oops');
  });

  describe('state', () => {
    test('whole, by type and key, as content and as event', async () => {
      const { roomId, path } = await room({ name: 'The name' });
      const whole = await alice.call('GET', `${path}/state`);
      assert.ok(Array.isArray(whole.body));
      assert.ok(types(whole.body).includes('m.room.power_levels'));
      for (const uri of ['m.room.name', 'm.room.name/']) {
        assert.deepEqual((await alice.call('GET', `${path}/state/${uri}`)).body, { name: 'The name' });
      }
      const event = await alice.call('GET', `${path}/state/m.room.member/${encode(alice.userId)}?format=event`);
      assert.equal(event.body.room_id, roomId);
      assert.equal(event.body.content.membership, 'join');
      const none = await alice.call('GET', `${path}/state/m.room.topic`);
      assert.deepEqual([none.status, none.body.errcode], [404, 'M_NOT_FOUND']);
      assert.equal((await alice.call('GET', `${path}/state/m.room.name?format=x`)).status, 400);
      assert.equal((await bob.call('GET', `${path}/state`)).status, 403);
      assert.equal((await bob.call('GET', `${path}/state/m.room.name`)).status, 403);
    });

    test('whoever has left gets what was then, everywhere', async () => {
      const { roomId, path } = await room({ name: 'before' }, bob);
      const early = await say(alice, roomId, 'before');
      await bob.call('POST', `${path}/leave`, {});
      await setState(alice, path, 'm.room.name', { name: 'after' });
      await say(alice, roomId, 'after');
      await carol.call('POST', `${path}/join`, {});

      assert.deepEqual((await bob.call('GET', `${path}/state/m.room.name`)).body, { name: 'before' });
      const state = (await bob.call('GET', `${path}/state`)).body as Event[];
      assert.equal(state.find((e) => e.type === 'm.room.name')?.content['name'], 'before');
      const { body: members } = await bob.call('GET', `${path}/members`);
      const byKey = new Map(members.chunk.map((e: Event) => [e.state_key, e.content['membership']]));
      assert.deepEqual([...byKey].sort(), [
        [alice.userId, 'join'],
        [bob.userId, 'leave'],
      ]);
      const { body: sync } = await alice.call('GET', '/sync?timeout=0');
      const from = `from=${encode(sync.next_batch)}`;
      const { body: back } = await bob.call('GET', `${path}/messages?dir=b&limit=2&${from}`);
      assert.deepEqual(types(back.chunk), ['m.room.member', 'm.room.message']);
      assert.equal(back.chunk[1].event_id, early);
      assert.deepEqual((await bob.call('GET', `${path}/messages?dir=f&limit=2&${from}`)).body.chunk, []);
      assert.equal((await bob.call('GET', `${path}/joined_members`)).status, 403);
      // An invite after that opens nothing of what came in between, and a ban closes the rest.
      await alice.call('POST', `${path}/invite`, { user_id: bob.userId });
      assert.deepEqual((await bob.call('GET', `${path}/state/m.room.name`)).body, { name: 'before' });
      await alice.call('POST', `${path}/ban`, { user_id: bob.userId });
      assert.equal((await bob.call('GET', `${path}/state/m.room.name`)).status, 403);
      await alice.call('POST', `${path}/unban`, { user_id: bob.userId });
      await bob.call('POST', `${path}/forget`, {});
      assert.equal((await bob.call('GET', `${path}/state/m.room.name`)).status, 403);
      assert.equal((await bob.call('GET', `${path}/messages?dir=b`)).status, 403);
    });

    test('an invite that was declined opens nothing', async () => {
      const { path } = await room({ preset: 'private_chat', invite: [bob.userId] });
      assert.equal((await bob.call('GET', `${path}/state`)).status, 403);
      await bob.call('POST', `${path}/leave`, {});
      assert.equal((await bob.call('GET', `${path}/state`)).status, 403);
      assert.equal((await bob.call('GET', `${path}/members`)).status, 403);
    });

    test('a world-readable room is open to everybody, guests too', async () => {
      const { roomId, path } = await room({ name: 'Agora' });
      await setState(alice, path, 'm.room.history_visibility', { history_visibility: 'world_readable' });
      const said = await say(alice, roomId, 'public');
      const guest = await server.call('POST', '/register?kind=guest', {});
      assert.equal(guest.status, 200, JSON.stringify(guest.body));
      const headers = { authorization: `Bearer ${guest.body.access_token}` };
      for (const uri of [
        'state',
        'state/m.room.name',
        'members',
        'messages?dir=b',
        `context/${encode(said)}`,
        `event/${encode(said)}`,
        'initialSync',
      ]) {
        assert.equal((await server.call('GET', `${path}/${uri}`, undefined, { headers })).status, 200, uri);
        assert.equal((await bob.call('GET', `${path}/${uri}`)).status, 200, uri);
      }
      assert.equal((await bob.call('GET', `${path}/joined_members`)).status, 403);
    });
  });

  test('members: by membership, and of an earlier moment', async () => {
    const { path } = await room({ invite: [carol.userId] });
    const { body: sync } = await alice.call('GET', '/sync?timeout=0');
    await bob.call('POST', `${path}/join`, {});
    await bob.call('POST', `${path}/leave`, {});
    const keys = async (query: string) =>
      (await alice.call('GET', `${path}/members${query}`)).body.chunk.map((e: Event) => e.state_key).sort();
    assert.deepEqual(await keys(''), [alice.userId, bob.userId, carol.userId]);
    assert.deepEqual(await keys('?membership=join'), [alice.userId]);
    assert.deepEqual(await keys('?not_membership=leave'), [alice.userId, carol.userId]);
    assert.deepEqual(await keys('?membership=leave&not_membership=join'), [bob.userId, carol.userId]);
    assert.deepEqual(await keys(`?at=${encode(sync.next_batch)}`), [alice.userId, carol.userId]);
    assert.deepEqual(await keys(`?at=${encode(sync.next_batch)}&membership=join`), [alice.userId]);
    const hidden = await room();
    await setState(alice, hidden.path, 'm.room.history_visibility', { history_visibility: 'joined' });
    await say(alice, hidden.roomId, 'before bob');
    const { body: early } = await alice.call('GET', '/sync?timeout=0');
    await bob.call('POST', `${hidden.path}/join`, {});
    const at = `${hidden.path}/members?at=${encode(early.next_batch)}`;
    assert.equal((await alice.call('GET', at)).body.chunk.length, 1);
    assert.equal((await bob.call('GET', at)).status, 403);
    const wrong = await alice.call('GET', `${path}/members?membership=x`);
    assert.deepEqual([wrong.status, wrong.body.errcode], [400, 'M_INVALID_PARAM']);
  });

  test('joined members with names and avatars; joined rooms', async () => {
    const dave = await server.user('dave');
    const { roomId, path } = await room({ invite: [carol.userId] }, dave, bob);
    await bob.call('POST', `${path}/leave`, {});
    await dave.call('PUT', `/profile/${encode(dave.userId)}/displayname`, { displayname: 'Dave D' });
    const { body } = await alice.call('GET', `${path}/joined_members`);
    assert.deepEqual(body.joined[dave.userId], { display_name: 'Dave D', avatar_url: null });
    assert.deepEqual(Object.keys(body.joined).sort(), [alice.userId, dave.userId]);
    assert.deepEqual((await dave.call('GET', '/joined_rooms')).body, { joined_rooms: [roomId] });
    await dave.call('POST', `${path}/leave`, {});
    assert.deepEqual((await dave.call('GET', '/joined_rooms')).body, { joined_rooms: [] });
  });

  test('the event nearest to a moment, among those the user may see', async () => {
    const { roomId, path } = await room();
    await setState(alice, path, 'm.room.history_visibility', { history_visibility: 'joined' });
    const hidden = await say(alice, roomId, 'hidden');
    await bob.call('POST', `${path}/join`, {});
    const seen = await say(alice, roomId, 'seen');
    const tsOf = async (id: string) => (await alice.call('GET', `${path}/event/${encode(id)}`)).body.origin_server_ts;
    const near = (user: TestUser, ts: number, dir: string) =>
      user.call('GET', `/_matrix/client/v1${path}/timestamp_to_event?ts=${ts}&dir=${dir}`);
    const far = await near(alice, 9_999_999_999_999, 'b');
    assert.deepEqual(far.body, { event_id: seen, origin_server_ts: await tsOf(seen) });
    const first = await near(alice, 0, 'f');
    assert.equal((await alice.call('GET', `${path}/event/${encode(first.body.event_id)}`)).body.type, 'm.room.create');
    const forBob = await near(bob, await tsOf(hidden), 'f');
    assert.notEqual(forBob.body.event_id, hidden);
    assert.equal(forBob.status, 200);
    const none = await near(alice, 9_999_999_999_999, 'f');
    assert.deepEqual([none.status, none.body.errcode], [404, 'M_NOT_FOUND']);
    assert.equal((await near(carol, 0, 'f')).status, 403);
    assert.equal((await near(alice, 0, 'x')).body.errcode, 'M_INVALID_PARAM');
    const missing = await alice.call('GET', `/_matrix/client/v1${path}/timestamp_to_event?dir=f`);
    assert.equal(missing.body.errcode, 'M_MISSING_PARAM');
  });

  test('mutual rooms', async () => {
    const erin = await server.user('erin');
    const one = await room({}, erin, bob);
    const two = await room({}, erin, bob);
    await room({}, erin);
    const call = (query: string, path = '/_matrix/client/v1/mutual_rooms') => bob.call('GET', `${path}?${query}`);
    const { body } = await call(`user_id=${encode(erin.userId)}`);
    assert.deepEqual(body, { joined: [one.roomId, two.roomId].sort(), count: 2 });
    const unstable = await call(
      `user_id=${encode(erin.userId)}`,
      '/_matrix/client/unstable/uk.half-shot.msc2666/user/mutual_rooms',
    );
    assert.deepEqual(unstable.body, body);
    const from = Buffer.from(body.joined[0] as string).toString('base64url');
    assert.deepEqual((await call(`user_id=${encode(erin.userId)}&from=${from}`)).body, {
      joined: [body.joined[1]],
      count: 2,
    });
    assert.deepEqual((await call(`user_id=${encode('@nobody:localhost')}`)).body, { joined: [], count: 0 });
    for (const query of [`user_id=${encode(bob.userId)}`, 'user_id=x', `user_id=${encode(erin.userId)}&from=zz`]) {
      assert.equal((await call(query)).body.errcode, 'M_INVALID_PARAM', query);
    }
    assert.equal((await call('')).body.errcode, 'M_MISSING_PARAM');
  });

  describe('initial sync of a room', () => {
    test('state, newest events in order, receipts, account data', async () => {
      const { roomId, path } = await room({ visibility: 'public' }, bob);
      const said = [await say(alice, roomId, 'a'), await say(alice, roomId, 'b')];
      await bob.call('POST', `${path}/receipt/m.read/${encode(said[1]!)}`, {});
      await alice.call('PUT', `/user/${encode(alice.userId)}${path}/account_data/org.test`, { x: 1 });
      const { status, body } = await alice.call('GET', `${path}/initialSync?limit=2`);
      assert.equal(status, 200);
      assert.equal(body.room_id, roomId);
      assert.equal(body.membership, 'join');
      assert.equal(body.visibility, 'public');
      assert.deepEqual(ids(body.messages.chunk), said);
      assert.ok(types(body.state).includes('m.room.create'));
      assert.ok(Array.isArray(body.presence));
      assert.equal(typeof body.receipts[0].content[said[1]!]['m.read'][bob.userId].ts, 'number');
      assert.deepEqual(body.account_data, [{ type: 'org.test', content: { x: 1 } }]);
      const older = await alice.call('GET', `${path}/messages?dir=b&limit=1&from=${encode(body.messages.start)}`);
      assert.equal(older.body.chunk[0].type, 'm.room.member');
      const next = await say(alice, roomId, 'c');
      const newer = await alice.call('GET', `${path}/messages?dir=f&from=${encode(body.messages.end)}`);
      assert.deepEqual(ids(newer.body.chunk), [next]);
    });

    test('of a room that was left, and of one that anybody may look into', async () => {
      const { roomId, path } = await room({}, bob);
      await say(alice, roomId, 'seen');
      await bob.call('POST', `${path}/leave`, {});
      await say(alice, roomId, 'unseen');
      const { body } = await bob.call('GET', `${path}/initialSync?limit=2`);
      assert.equal(body.membership, 'leave');
      assert.equal(body.messages.chunk[0].content.body, 'seen');
      assert.deepEqual([body.presence, body.receipts], [[], []]);
      assert.equal((await carol.call('GET', `${path}/initialSync`)).status, 403);
      await setState(alice, path, 'm.room.history_visibility', { history_visibility: 'world_readable' });
      await say(alice, roomId, 'public');
      const peek = await carol.call('GET', `${path}/initialSync`);
      assert.deepEqual(types(peek.body.messages.chunk), ['m.room.history_visibility', 'm.room.message']);
      assert.equal(peek.body.membership, undefined);
    });
  });

  describe('notifications', () => {
    test('newest first, in pages, read or not, highlights alone', async () => {
      const { roomId, path } = await room({}, bob);
      const said: string[] = [];
      for (let i = 0; i < 3; i++) said.push(await say(alice, roomId, `note ${i}`));
      const loud = await alice.call('PUT', `${path}/send/m.room.message/loud`, {
        msgtype: 'm.text',
        body: 'hey bob',
        'm.mentions': { user_ids: [bob.userId] },
      });
      await say(bob, roomId, 'own words');
      await bob.call('POST', `${path}/receipt/m.read/${encode(said[1]!)}`, {});
      const { body } = await bob.call('GET', '/notifications');
      const mine = body.notifications.filter((n: { room_id: string }) => n.room_id === roomId);
      assert.deepEqual(
        mine.map((n: { event: Event; read: boolean }) => [n.event.event_id, n.read]),
        [
          [loud.body.event_id, false],
          [said[2], false],
          [said[1], true],
          [said[0], true],
        ],
      );
      assert.deepEqual(mine[1].actions, ['notify']);
      assert.equal(mine[1].profile_tag, null);
      assert.equal(typeof mine[1].ts, 'number');
      const page = await bob.call('GET', '/notifications?limit=1');
      assert.equal(page.body.notifications[0].event.event_id, loud.body.event_id);
      const next = await bob.call('GET', `/notifications?limit=1&from=${page.body.next_token}`);
      assert.equal(next.body.notifications[0].event.event_id, said[2]);
      const highlights = await bob.call('GET', '/notifications?only=highlight');
      assert.deepEqual(
        highlights.body.notifications.map((n: { event: Event }) => n.event.event_id),
        [loud.body.event_id],
      );
      assert.equal((await bob.call('GET', '/notifications?from=x')).body.errcode, 'M_INVALID_PARAM');
      // Nothing from before joining.
      await carol.call('POST', `${path}/join`, {});
      const forCarol = await carol.call('GET', '/notifications');
      assert.deepEqual(
        forCarol.body.notifications.filter((n: { room_id: string }) => n.room_id === roomId),
        [],
      );
    });
  });
});
