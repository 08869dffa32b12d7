import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startSearchIndexer } from '../../lib/domain/search/search-indexer.ts';
import { followerOf, makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { countQueries } from './count-queries.ts';
import { waitForReader } from './wait-for-reader.ts';

const encode = encodeURIComponent;
type Result = { rank: number; result: { event_id: string; content: { body: string } } };

describe('POST /search', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let stop: () => Promise<void>;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
    stop = startSearchIndexer(followerOf(server));
  });
  after(async () => {
    await stop();
    await server.close();
  });

  async function search(user: TestUser, criteria: object, nextBatch?: string) {
    await waitForReader(server.ctx, 'search');
    const query = nextBatch === undefined ? '' : `?next_batch=${encode(nextBatch)}`;
    const answer = await user.call('POST', `/search${query}`, { search_categories: { room_events: criteria } });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body.search_categories.room_events;
  }
  const bodies = (found: { results: Result[] }) => found.results.map((r) => r.result.content.body);

  test('finds messages, names and topics, and nothing of rooms that are closed to the searcher', async () => {
    const room = await makeRoom(alice, { name: 'Martian lobby', topic: 'About martians' });
    await say(alice, room, 'The Martians have landed!');
    await say(alice, room, 'men and martians');
    await say(alice, room, 'nothing of the kind');
    const found = await search(alice, { search_term: 'martians', order_by: 'recent' });
    assert.equal(found.count, 3);
    assert.deepEqual(bodies(found), ['men and martians', 'The Martians have landed!', undefined]);
    assert.equal(found.results[2].result.type, 'm.room.topic');
    assert.deepEqual(found.highlights, ['martians']);
    const inBodies = await search(alice, { search_term: 'martians', keys: ['content.body'], order_by: 'recent' });
    assert.deepEqual(bodies(inBodies), ['men and martians', 'The Martians have landed!']);
    assert.deepEqual((await search(bob, { search_term: 'martians' })).results, []);
  });

  test('phrases, exclusions, the best match first', async () => {
    const room = await makeRoom(alice, {});
    await say(alice, room, 'quick brown fox quick quick');
    await say(alice, room, 'a quick thing that is about something else altogether');
    await say(alice, room, 'brown quick');
    assert.deepEqual(bodies(await search(alice, { search_term: '"quick brown"' })), ['quick brown fox quick quick']);
    assert.deepEqual(bodies(await search(alice, { search_term: 'quick -fox', order_by: 'recent' })), [
      'brown quick',
      'a quick thing that is about something else altogether',
    ]);
    const ranked = await search(alice, { search_term: 'quick' });
    assert.equal(bodies(ranked)[0], 'quick brown fox quick quick');
    const ranks = ranked.results.map((r: Result) => r.rank);
    assert.deepEqual(
      ranks,
      [...ranks].sort((a, b) => b - a),
    );
    assert.deepEqual((await search(alice, { search_term: '!!!' })).results, []);
  });

  test('pages through all results, by time and by rank, each once', async () => {
    const room = await makeRoom(alice, {});
    const said: string[] = [];
    for (let i = 0; i < 7; i++) said.push(await say(alice, room, `needle number ${i}`));
    for (const order_by of ['recent', 'rank']) {
      const seen: string[] = [];
      let next: string | undefined;
      do {
        const page = await search(
          alice,
          { search_term: 'needle', order_by, filter: { limit: 3, rooms: [room] } },
          next,
        );
        seen.push(...page.results.map((r: Result) => r.result.event_id));
        assert.equal(page.count, 7);
        next = page.next_batch;
      } while (next !== undefined);
      if (order_by === 'recent') assert.deepEqual(seen, [...said].reverse());
      assert.deepEqual([...seen].sort(), [...said].sort());
    }
  });

  test('groups by room and sender, and goes on within a group', async () => {
    const one = await makeRoom(alice, { preset: 'public_chat' });
    const two = await makeRoom(alice, { preset: 'public_chat' });
    await bob.call('POST', `/join/${encode(one)}`, {});
    await bob.call('POST', `/join/${encode(two)}`, {});
    const ids = [];
    for (let i = 0; i < 3; i++) {
      ids.push(await say(alice, one, `haystack ${i}`), await say(bob, two, `haystack ${i}`));
    }
    const group_by = [{ key: 'room_id' }, { key: 'sender' }];
    const criteria = { search_term: 'haystack', order_by: 'recent', groupings: { group_by }, filter: { limit: 2 } };
    const first = await search(alice, criteria);
    assert.deepEqual(first.groups.room_id[one].results, [ids[4]]);
    assert.deepEqual(first.groups.room_id[two].results, [ids[5]]);
    assert.equal(first.groups.room_id[two].order, 1);
    assert.deepEqual(first.groups.sender['@bob:localhost'].results, [ids[5]]);
    const rest = await search(alice, criteria, first.groups.room_id[one].next_batch);
    assert.deepEqual(
      rest.results.map((r: Result) => r.result.event_id),
      [ids[2], ids[0]],
    );
    const byBob = await search(alice, criteria, first.groups.sender['@bob:localhost'].next_batch);
    assert.deepEqual(
      byBob.results.map((r: Result) => r.result.event_id),
      [ids[3], ids[1]],
    );
  });

  test('shows the surroundings with the profiles of the time, and the state', async () => {
    const room = await makeRoom(alice, { name: 'Old name' });
    const around = [
      await say(alice, room, 'before that'),
      await say(alice, room, 'a unicorn'),
      await say(alice, room, 'after'),
    ];
    await alice.call('PUT', `/profile/${encode(alice.userId)}/displayname`, { displayname: 'Alice the Second' });
    const event_context = { before_limit: 1, after_limit: 1, include_profile: true };
    const found = await search(alice, { search_term: 'unicorn', event_context, include_state: true });
    const { context } = found.results[0];
    const ids = (events: { event_id: string }[]) => events.map((e) => e.event_id);
    assert.deepEqual(ids(context.events_before), [around[0]]);
    assert.deepEqual(ids(context.events_after), [around[2]]);
    assert.equal(context.profile_info['@alice:localhost'].displayname, 'alice');
    const { body } = await alice.call(
      'GET',
      `/rooms/${encode(room)}/messages?dir=b&limit=1&from=${encode(context.end)}`,
    );
    assert.deepEqual(ids(body.chunk), [around[2]]);
    const types = found.state[room].map((e: { type: string }) => e.type);
    assert.ok(types.includes('m.room.name') && types.includes('m.room.create'));
    await alice.call('PUT', `/profile/${encode(alice.userId)}/displayname`, { displayname: 'alice' });
  });

  test('a room that was left can be searched up to the leaving; what is redacted is gone', async () => {
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await bob.call('POST', `/join/${encode(room)}`, {});
    await say(alice, room, 'zebra one');
    const redacted = await say(alice, room, 'zebra two');
    await bob.call('POST', `/rooms/${encode(room)}/leave`, {});
    await say(alice, room, 'zebra three');
    await alice.call('PUT', `/rooms/${encode(room)}/redact/${encode(redacted)}/r1`, {});
    const found = await search(bob, { search_term: 'zebra' });
    assert.deepEqual(bodies(found), ['zebra one']);
    assert.equal(found.count, 1);
    assert.deepEqual(bodies(await search(alice, { search_term: 'zebra', order_by: 'recent' })), [
      'zebra three',
      'zebra one',
    ]);
    const rows = await server.ctx.db.query(
      'SELECT 1 FROM search_entries s JOIN events e USING (event_nid) WHERE e.event_id = $1',
      [redacted],
    );
    assert.equal(rows.length, 0);
  });

  test('an indexer that was stopped takes up where it was', async () => {
    await stop();
    const room = await makeRoom(alice, {});
    await say(alice, room, 'xylophone');
    stop = startSearchIndexer(followerOf(server));
    const second = startSearchIndexer(followerOf(server));
    await say(alice, room, 'another xylophone');
    assert.equal((await search(alice, { search_term: 'xylophone' })).count, 2);
    await second();
  });

  test('costs the same few queries however many results', async () => {
    const room = await makeRoom(alice, {});
    for (let i = 0; i < 30; i++) await say(alice, room, `walrus ${i}`);
    const run = async (limit: number) => {
      const criteria = { search_term: 'walrus', filter: { limit }, event_context: { include_profile: true } };
      await search(alice, criteria);
      return countQueries(server.ctx, () =>
        alice.call('POST', '/search', { search_categories: { room_events: criteria } }),
      );
    };
    const few = (await run(2)).length;
    assert.equal((await run(30)).length, few);
    // A Lambda asks for tokens and rooms each time, since it hears of no change.
    assert.ok(few <= (process.env['MYELIN_TEST_PLACEMENT'] === 'scaled' ? 18 : 9), String(few));
  });

  test('says what is wrong', async () => {
    const check = async (body: unknown, errcode: string, query = '') => {
      const answer = await alice.call('POST', `/search${query}`, body);
      assert.equal(answer.status, 400);
      assert.equal(answer.body.errcode, errcode, JSON.stringify(answer.body));
    };
    await check({}, 'M_MISSING_PARAM');
    await check({ search_categories: { room_events: {} } }, 'M_MISSING_PARAM');
    await check({ search_categories: { room_events: { search_term: 1 } } }, 'M_BAD_JSON');
    await check({ search_categories: { room_events: { search_term: 'x', keys: ['content.x'] } } }, 'M_BAD_JSON');
    await check({ search_categories: { room_events: { search_term: 'x', filter: { types: 1 } } } }, 'M_BAD_JSON');
    await check({ search_categories: { room_events: { search_term: 'x' } } }, 'M_INVALID_PARAM', '?next_batch=zz');
    const none = await alice.call('POST', '/search', { search_categories: {} });
    assert.deepEqual(none.body, { search_categories: {} });
  });
});
