import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { countQueries } from './count-queries.ts';

const encode = encodeURIComponent;
type Event = { event_id: string; sender: string; content: Record<string, unknown>; unsigned: Record<string, never> };
const ids = (events: Event[]) => events.map((e) => e.event_id);

describe('relations', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let carol: TestUser;
  let txn = 0;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
    carol = await server.user('carol');
  });
  after(() => server.close());

  async function room() {
    const roomId = await makeRoom(alice, { preset: 'public_chat' });
    await bob.call('POST', `/join/${encode(roomId)}`, {});
    return { roomId, v3: `/rooms/${encode(roomId)}`, v1: `/_matrix/client/v1/rooms/${encode(roomId)}` };
  }

  async function send(user: TestUser, roomId: string, content: object, type = 'm.room.message'): Promise<string> {
    const answer = await user.call('PUT', `/rooms/${encode(roomId)}/send/${type}/x${++txn}`, content);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body.event_id;
  }

  const relate = (rel_type: string, event_id: string, more: object = {}) => ({
    msgtype: 'm.text',
    body: `${rel_type} of something`,
    'm.relates_to': { rel_type, event_id },
    ...more,
  });
  const edit = (event_id: string, body: string) =>
    relate('m.replace', event_id, { body: `* ${body}`, 'm.new_content': { msgtype: 'm.text', body } });
  const reaction = (event_id: string, key: string) => ({
    'm.relates_to': { rel_type: 'm.annotation', event_id, key },
  });

  async function bundled(user: TestUser, v3: string, eventId: string) {
    const { status, body } = await user.call('GET', `${v3}/event/${encode(eventId)}`);
    assert.equal(status, 200);
    return body.unsigned['m.relations'];
  }

  test('an edited event carries its latest valid edit, and keeps its own content', async () => {
    const { roomId, v3 } = await room();
    const original = await say(alice, roomId, 'first');
    assert.equal(await bundled(alice, v3, original), undefined);
    await send(alice, roomId, edit(original, 'second'));
    const last = await send(alice, roomId, edit(original, 'third'));
    // Somebody else's, another type's and one without new content don't count.
    await send(bob, roomId, edit(original, 'forged'));
    await send(alice, roomId, edit(original, 'other'), 'org.other');
    await send(alice, roomId, relate('m.replace', original));
    const relations = await bundled(bob, v3, original);
    assert.equal(relations['m.replace'].event_id, last);
    assert.deepEqual(relations['m.replace'].content['m.new_content'], { msgtype: 'm.text', body: 'third' });
    assert.equal(relations['m.replace'].sender, alice.userId);
    const { body } = await bob.call('GET', `${v3}/event/${encode(original)}`);
    assert.equal(body.content.body, 'first');
    assert.equal(await bundled(bob, v3, last), undefined);

    await alice.call('PUT', `${v3}/redact/${encode(last)}/r${++txn}`, {});
    assert.equal((await bundled(bob, v3, original))['m.replace'].content['m.new_content'].body, 'second');
    await alice.call('PUT', `${v3}/redact/${encode(original)}/r${++txn}`, {});
    assert.equal(await bundled(bob, v3, original), undefined);
  });

  test('a thread root carries count, latest event with its edits, and whether the user took part', async () => {
    const { roomId, v3 } = await room();
    const root = await say(alice, roomId, 'root');
    await send(bob, roomId, relate('m.thread', root));
    const latest = await send(alice, roomId, relate('m.thread', root));
    const change = await send(alice, roomId, edit(latest, 'changed'));
    const thread = (await bundled(bob, v3, root))['m.thread'];
    assert.equal(thread.count, 2);
    assert.equal(thread.current_user_participated, true);
    assert.equal(thread.latest_event.event_id, latest);
    assert.equal(thread.latest_event.unsigned['m.relations']['m.replace'].event_id, change);
    await carol.call('POST', `/join/${encode(roomId)}`, {});
    assert.equal((await bundled(carol, v3, root))['m.thread'].current_user_participated, false);
    assert.equal((await bundled(alice, v3, root))['m.thread'].current_user_participated, true);

    await bob.call('PUT', `/user/${encode(bob.userId)}/account_data/m.ignored_user_list`, {
      ignored_users: { [alice.userId]: {} },
    });
    const reply = await send(bob, roomId, relate('m.thread', root));
    const { body } = await bob.call('GET', `/_matrix/client/v1${v3}/threads`);
    assert.deepEqual(ids(body.chunk), [root]);
    assert.deepEqual(body.chunk[0].content, {});
    assert.equal(body.chunk[0].unsigned['m.relations']['m.thread'].count, 2);
    assert.equal(body.chunk[0].unsigned['m.relations']['m.thread'].latest_event.event_id, reply);
    await bob.call('PUT', `/user/${encode(bob.userId)}/account_data/m.ignored_user_list`, { ignored_users: {} });
  });

  test('references are listed, reactions are not bundled', async () => {
    const { roomId, v3 } = await room();
    const target = await say(alice, roomId, 'verify me');
    const one = await send(bob, roomId, relate('m.reference', target), 'org.step');
    const two = await send(alice, roomId, relate('m.reference', target), 'org.step');
    await send(bob, roomId, reaction(target, 'x'), 'm.reaction');
    assert.deepEqual(await bundled(alice, v3, target), {
      'm.reference': { chunk: [{ event_id: one }, { event_id: two }] },
    });
  });

  test('nothing that came after leaving is bundled', async () => {
    const { roomId, v3 } = await room();
    const original = await say(alice, roomId, 'seen');
    await send(alice, roomId, relate('m.thread', original));
    await bob.call('POST', `${v3}/leave`, {});
    await send(alice, roomId, relate('m.thread', original));
    await send(alice, roomId, edit(original, 'later'));
    const relations = await bundled(bob, v3, original);
    assert.equal(relations['m.thread'].count, 1);
    assert.equal(relations['m.replace'], undefined);
  });

  test('a page of events costs the same few queries, one where nothing relates', async () => {
    const { roomId, v3 } = await room();
    for (let i = 0; i < 12; i++) {
      const root = await say(alice, roomId, `root ${i}`);
      await send(bob, roomId, relate('m.thread', root));
      await send(alice, roomId, edit(root, 'changed'));
    }
    const run = async (limit: number) => {
      const queries = await countQueries(server.ctx, () => bob.call('GET', `${v3}/messages?dir=b&limit=${limit}`));
      return queries.length;
    };
    await run(3);
    const few = await run(3);
    assert.equal(await run(36), few);
    // A Lambda asks for tokens and rooms each time, since it hears of no change.
    assert.ok(few <= (process.env['MYELIN_TEST_PLACEMENT'] === 'scaled' ? 16 : 8), String(few));
  });

  describe('GET /relations', () => {
    test('all, by relation, by type; both directions; in pages', async () => {
      const { roomId, v1 } = await room();
      const target = await say(alice, roomId, 'target');
      const thread: string[] = [];
      for (let i = 0; i < 5; i++) thread.push(await send(bob, roomId, relate('m.thread', target)));
      const liked = await send(bob, roomId, reaction(target, 'x'), 'm.reaction');
      const gone = await send(alice, roomId, reaction(target, 'y'), 'm.reaction');
      await alice.call('PUT', `/rooms/${encode(roomId)}/redact/${encode(gone)}/r${++txn}`, {});
      const get = async (rest: string) => {
        const answer = await alice.call('GET', `${v1}/relations/${encode(target)}${rest}`);
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        return answer.body;
      };
      assert.deepEqual(ids((await get('')).chunk), [liked, ...[...thread].reverse()]);
      assert.deepEqual(ids((await get('/m.thread')).chunk), [...thread].reverse());
      assert.deepEqual(ids((await get('/m.annotation/m.reaction')).chunk), [liked]);
      assert.deepEqual(ids((await get('/m.annotation/m.room.message')).chunk), []);
      assert.deepEqual(ids((await get('?dir=f')).chunk), [...thread, liked]);
      const first = await get('/m.thread?limit=2');
      assert.deepEqual(ids(first.chunk), [thread[4], thread[3]]);
      assert.equal(first.prev_batch, undefined);
      assert.equal(first.recursion_depth, undefined);
      const second = await get(`/m.thread?limit=2&from=${encode(first.next_batch)}`);
      assert.deepEqual(ids(second.chunk), [thread[2], thread[1]]);
      assert.equal(second.prev_batch, first.next_batch);
      const third = await get(`/m.thread?limit=2&from=${encode(second.next_batch)}`);
      assert.deepEqual(ids(third.chunk), [thread[0]]);
      assert.equal(third.next_batch, undefined);
      const between = await get(`/m.thread?from=${encode(first.next_batch)}&to=${encode(second.next_batch)}`);
      assert.deepEqual(ids(between.chunk), [thread[2], thread[1]]);
    });

    test('recursion reaches relations of relations', async () => {
      const { roomId, v1 } = await room();
      const target = await say(alice, roomId, 'target');
      const reply = await send(bob, roomId, relate('m.thread', target));
      const liked = await send(alice, roomId, reaction(reply, 'x'), 'm.reaction');
      const changed = await send(bob, roomId, edit(reply, 'changed'));
      const get = async (rest: string) => (await alice.call('GET', `${v1}/relations/${encode(target)}${rest}`)).body;
      assert.deepEqual(ids((await get('')).chunk), [reply]);
      const deep = await get('?recurse=true');
      assert.deepEqual(ids(deep.chunk), [changed, liked, reply]);
      assert.equal(deep.recursion_depth, 3);
      assert.deepEqual(ids((await get('/m.annotation?recurse=true')).chunk), [liked]);
      assert.deepEqual(ids((await get('?recurse=false')).chunk), [reply]);
    });

    test('403 from outside, 404 for what is not there, sentences for mistakes', async () => {
      const { roomId, v1 } = await room();
      const target = await say(alice, roomId, 'target');
      const status = async (user: TestUser, rest: string) => {
        const { status, body } = await user.call('GET', `${v1}/relations/${rest}`);
        return [status, body.errcode];
      };
      assert.deepEqual(await status(carol, encode(target)), [403, 'M_FORBIDDEN']);
      assert.deepEqual(await status(alice, encode('$nothing')), [404, 'M_NOT_FOUND']);
      for (const query of ['?limit=0', '?dir=x', '?from=x', '?recurse=maybe']) {
        assert.deepEqual(await status(alice, `${encode(target)}${query}`), [400, 'M_INVALID_PARAM'], query);
      }
    });
  });

  describe('GET /threads', () => {
    test('the thread with the latest event first; participated; in pages', async () => {
      const { roomId, v1 } = await room();
      const roots: string[] = [];
      for (let i = 0; i < 3; i++) roots.push(await say(i === 2 ? bob : alice, roomId, `root ${i}`));
      for (const root of [roots[0], roots[1], roots[2], roots[0]]) await send(alice, roomId, relate('m.thread', root!));
      await say(alice, roomId, 'no thread');
      const get = async (query = '') => (await bob.call('GET', `${v1}/threads${query}`)).body;
      assert.deepEqual(ids((await get()).chunk), [roots[0], roots[2], roots[1]]);
      assert.equal((await get()).chunk[0].unsigned['m.relations']['m.thread'].count, 2);
      assert.deepEqual(ids((await get('?include=participated')).chunk), [roots[2]]);
      await send(bob, roomId, relate('m.thread', roots[1]!));
      assert.deepEqual(ids((await get('?include=participated')).chunk), [roots[1], roots[2]]);
      const first = await get('?limit=2');
      assert.deepEqual(ids(first.chunk), [roots[1], roots[0]]);
      const second = await get(`?limit=2&from=${encode(first.next_batch)}`);
      assert.deepEqual(ids(second.chunk), [roots[2]]);
      assert.equal(second.next_batch, undefined);
    });

    test('says what is wrong', async () => {
      const { v1 } = await room();
      assert.equal((await carol.call('GET', `${v1}/threads`)).status, 403);
      for (const query of ['?from=x', '?limit=0', '?include=x']) {
        assert.equal((await alice.call('GET', `${v1}/threads${query}`)).body.errcode, 'M_INVALID_PARAM', query);
      }
    });
  });
});
