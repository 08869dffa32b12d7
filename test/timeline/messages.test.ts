import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';

const encode = encodeURIComponent;

describe('GET /messages', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let roomId: string;
  let messages: string;
  const said: string[] = [];

  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
    roomId = await makeRoom(alice, { preset: 'public_chat', name: 'Reading' });
    messages = `/rooms/${encode(roomId)}/messages`;
    for (let i = 1; i <= 20; i++) said.push(await say(alice, roomId, `message ${i}`));
  });
  after(() => server.close());

  test('goes back from the end by default ten at a time', async () => {
    const first = await alice.call('GET', `${messages}?dir=b`);
    assert.equal(first.status, 200);
    assert.deepEqual(
      first.body.chunk.map((e: { content: { body: string } }) => e.content.body),
      [20, 19, 18, 17, 16, 15, 14, 13, 12, 11].map((i) => `message ${i}`),
    );
    assert.equal(first.body.state, undefined);
    const second = await alice.call('GET', `${messages}?dir=b&limit=3&from=${encode(first.body.end)}`);
    assert.deepEqual(
      second.body.chunk.map((e: { event_id: string }) => e.event_id),
      [said[9], said[8], said[7]],
    );
    assert.equal(second.body.start, first.body.end);
  });

  test('an event has the format of clients', async () => {
    const { body } = await alice.call('GET', `${messages}?dir=b&limit=1`);
    const [event] = body.chunk;
    assert.equal(typeof event.unsigned.age, 'number');
    delete event.unsigned.age;
    assert.equal(typeof event.origin_server_ts, 'number');
    delete event.origin_server_ts;
    assert.deepEqual(event, {
      type: 'm.room.message',
      sender: '@alice:localhost',
      content: { msgtype: 'm.text', body: 'message 20' },
      event_id: said[19],
      room_id: roomId,
      unsigned: { membership: 'join', transaction_id: event.unsigned.transaction_id },
    });
    assert.match(event.unsigned.transaction_id, /^t\d+$/);
    const other = await server.user('carol');
    await other.call('POST', `/join/${encode(roomId)}`, {});
    const theirs = await other.call('GET', `${messages}?dir=b&limit=2`);
    assert.equal(theirs.body.chunk[1].unsigned.transaction_id, undefined);
    assert.equal(theirs.body.chunk[1].unsigned.membership, 'leave');
    await other.call('POST', `/rooms/${encode(roomId)}/leave`, {});
  });

  test('reaches the create event, then an empty page without an end', async () => {
    const all: string[] = [];
    let from = '';
    for (let i = 0; i < 50; i++) {
      const { body } = await alice.call('GET', `${messages}?dir=b&limit=7${from && `&from=${encode(from)}`}`);
      all.push(...body.chunk.map((e: { type: string }) => e.type));
      if (body.end === undefined) {
        assert.deepEqual(body.chunk, []);
        break;
      }
      from = body.end;
    }
    assert.equal(all.at(-1), 'm.room.create');
    assert.equal(all.filter((type) => type === 'm.room.message').length, 20);
  });

  test('goes forward from the start of the room, and on to what comes later', async () => {
    const first = await alice.call('GET', `${messages}?dir=f&limit=2`);
    assert.deepEqual(
      first.body.chunk.map((e: { type: string }) => e.type),
      ['m.room.create', 'm.room.member'],
    );
    const rest = await alice.call('GET', `${messages}?dir=f&limit=1000&from=${encode(first.body.end)}`);
    const newest = await say(alice, roomId, 'later');
    const more = await alice.call('GET', `${messages}?dir=f&from=${encode(rest.body.end)}`);
    assert.deepEqual(
      more.body.chunk.map((e: { event_id: string }) => e.event_id),
      [newest],
    );
    // From where that page ended, backwards again: the same events in reverse.
    const back = await alice.call('GET', `${messages}?dir=b&limit=1000&from=${encode(rest.body.end)}`);
    const ids = (body: { chunk: { event_id: string }[] }) => body.chunk.map((e) => e.event_id);
    assert.deepEqual(ids(back.body), [...ids(first.body), ...ids(rest.body)].reverse());
  });

  test('takes the tokens of /sync on either side', async () => {
    const room = await makeRoom(alice, {});
    const url = `/rooms/${encode(room)}/messages`;
    const a = await say(alice, room, 'a');
    const { body: sync } = await alice.call('GET', '/sync?timeout=0');
    const b = await say(alice, room, 'b');
    const c = await say(alice, room, 'c');
    const since = encode(sync.next_batch);
    const ids = (body: { chunk: { event_id: string }[] }) => body.chunk.map((e) => e.event_id);
    assert.deepEqual(ids((await alice.call('GET', `${url}?dir=f&from=${since}`)).body), [b, c]);
    assert.deepEqual(ids((await alice.call('GET', `${url}?dir=b&to=${since}`)).body), [c, b]);
    assert.equal(ids((await alice.call('GET', `${url}?dir=b&from=${since}`)).body)[0], a);
  });

  test('filters by type, sender and content', async () => {
    await bob.call('POST', `/join/${encode(roomId)}`, {});
    const byBob = await say(bob, roomId, 'from bob');
    const picture = { msgtype: 'm.image', body: 'p', url: 'mxc://localhost/x' };
    const sent = await bob.call('PUT', `/rooms/${encode(roomId)}/send/m.room.message/p1`, picture);
    const call = async (filter: unknown) => {
      const { body } = await alice.call('GET', `${messages}?dir=b&limit=100&filter=${encode(JSON.stringify(filter))}`);
      return body.chunk.map((e: { event_id: string }) => e.event_id);
    };
    assert.deepEqual(await call({ senders: ['@bob:localhost'], types: ['m.room.mess*'] }), [sent.body.event_id, byBob]);
    assert.deepEqual(await call({ contains_url: true }), [sent.body.event_id]);
    assert.deepEqual(await call({ not_types: ['m.room.*'] }), []);
    assert.deepEqual(await call({ not_rooms: [roomId] }), []);
    assert.deepEqual(await call({ types: ['m_room.message', '%'] }), []);
    assert.equal((await call({ not_senders: ['@alice:localhost'], types: ['m.room.message'] })).length, 2);
  });

  test('filters by relations, of the event and to it', async () => {
    const room = await makeRoom(alice, {});
    const send = async (content: object) =>
      (await alice.call('PUT', `/rooms/${encode(room)}/send/m.room.message/rel${Math.random()}`, content)).body
        .event_id;
    const root = await say(alice, room, 'root');
    const reply = await send({ body: 'reply', 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
    const call = async (filter: object) => {
      const query = encode(JSON.stringify({ types: ['m.room.message'], ...filter }));
      const { body } = await alice.call('GET', `/rooms/${encode(room)}/messages?dir=b&filter=${query}`);
      return body.chunk.map((e: { event_id: string }) => e.event_id);
    };
    assert.deepEqual(await call({ 'org.matrix.msc3874.rel_types': ['m.thread'] }), [reply]);
    assert.deepEqual(await call({ 'org.matrix.msc3874.not_rel_types': ['m.thread'] }), [root]);
    assert.deepEqual(await call({ related_by_rel_types: ['m.thread'] }), [root]);
    assert.deepEqual(await call({ related_by_senders: [alice.userId] }), [root]);
    assert.deepEqual(await call({ related_by_senders: [bob.userId] }), []);
  });

  test('lazy loading adds the members who speak', async () => {
    const filter = encode(JSON.stringify({ lazy_load_members: true }));
    const { body } = await alice.call('GET', `${messages}?dir=b&limit=2&filter=${filter}`);
    assert.deepEqual(
      body.state.map((e: { type: string; state_key: string }) => [e.type, e.state_key]),
      [['m.room.member', '@bob:localhost']],
    );
  });

  test('says what is wrong', async () => {
    const check = async (query: string, status: number, errcode: string) => {
      const answer = await alice.call('GET', `${messages}${query}`);
      assert.equal(answer.status, status, query);
      assert.equal(answer.body.errcode, errcode, query);
      assert.match(answer.body.error, /\w+ \w+ \w+/, query);
    };
    await check('', 400, 'M_MISSING_PARAM');
    await check('?dir=x', 400, 'M_INVALID_PARAM');
    await check('?dir=b&from=nonsense', 400, 'M_INVALID_PARAM');
    await check('?dir=b&to=t1', 400, 'M_INVALID_PARAM');
    await check('?dir=b&limit=-1', 400, 'M_INVALID_PARAM');
    await check('?dir=b&limit=x', 400, 'M_INVALID_PARAM');
    await check('?dir=b&filter={', 400, 'M_BAD_JSON');
    await check('?dir=b&filter={"types":1}', 400, 'M_BAD_JSON');
  });

  test('is closed to strangers, and unknown rooms look the same', async () => {
    const mallory = await server.user('mallory');
    const secret = await makeRoom(alice, { preset: 'private_chat' });
    for (const room of [secret, '!nowhere:localhost']) {
      const answer = await mallory.call('GET', `/rooms/${encode(room)}/messages?dir=b`);
      assert.equal(answer.status, 403);
      assert.equal(answer.body.errcode, 'M_FORBIDDEN');
    }
    assert.equal((await server.call('GET', `/rooms/${encode(secret)}/messages?dir=b`)).status, 401);
  });

  test('events of ignored users are left out', async () => {
    await alice.call('PUT', `/user/${encode(alice.userId)}/account_data/m.ignored_user_list`, {
      ignored_users: { [bob.userId]: {} },
    });
    const { body } = await alice.call('GET', `${messages}?dir=b&limit=1000`);
    const byBob = body.chunk.filter((e: { sender: string }) => e.sender === bob.userId);
    assert.deepEqual(
      byBob.map((e: { type: string }) => e.type),
      ['m.room.member'],
    );
    await alice.call('PUT', `/user/${encode(alice.userId)}/account_data/m.ignored_user_list`, { ignored_users: {} });
  });
});
