import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runEventReader } from '../../lib/domain/events/event-reader.ts';
import { startSearchIndexer } from '../../lib/domain/search/search-indexer.ts';
import { followerOf, makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { waitForReader } from './wait-for-reader.ts';

let server: TestServer;
let alice: TestUser;
let room: string;
before(async () => {
  server = await testServer();
  alice = await server.user('alice');
  room = await makeRoom(alice, {});
});
after(() => server.close());

/** A reader of messages that writes down what it is given. */
function follow(name: string) {
  const takes: string[][] = [];
  const stop = runEventReader(followerOf(server), {
    name,
    concerns: (row) => row.type === 'm.room.message',
    take: async (_q, rows) => {
      takes.push(rows.map((row) => row.eventId));
    },
  });
  return { stop, taken: () => takes.flat(), times: () => takes.filter((ids) => ids.length > 0).length };
}

test('a reader is given what concerns it, once and in order, and gathers what comes at the same time', async () => {
  const reader = follow('gathering');
  await waitForReader(server.ctx, 'gathering');
  const sent: string[] = [];
  for (let i = 0; i < 40; i++) {
    sent.push(await say(alice, room, `message ${i}`));
    await alice.call('PUT', `/rooms/${room}/state/org.example.count/`, { i });
  }
  await waitForReader(server.ctx, 'gathering');
  assert.deepEqual(reader.taken(), sent);
  assert.ok(reader.times() < 20, `${reader.times()} transactions for 40 messages`);
  await reader.stop();
});

test('rows that concern nobody move the stored position too, and are not asked for again', async () => {
  const reader = follow('passing');
  await waitForReader(server.ctx, 'passing');
  const before = reader.taken().length;
  await alice.call('PUT', `/rooms/${room}/state/org.example.other/`, {});
  await waitForReader(server.ctx, 'passing');
  assert.equal(reader.taken().length, before);
  await reader.stop();
});

test('two processes with one reader take each row once between them', async () => {
  const [one, other] = [follow('shared'), follow('shared')];
  await waitForReader(server.ctx, 'shared');
  const sent = new Set<string>();
  for (let i = 0; i < 10; i++) {
    sent.add(await say(alice, room, `shared ${i}`));
    await sleep(15);
  }
  await waitForReader(server.ctx, 'shared');
  const taken = [...one.taken(), ...other.taken()];
  assert.equal(new Set(taken).size, taken.length);
  for (const id of sent) assert.ok(taken.includes(id));
  await Promise.all([one.stop(), other.stop()]);
});

test('the search reader lives through events with the names of object members', async () => {
  const stop = startSearchIndexer(followerOf(server));
  await alice.call('PUT', `/rooms/${room}/state/constructor/`, { body: 'x' });
  await say(alice, room, 'found after all');
  await waitForReader(server.ctx, 'search');
  const answer = await alice.call('POST', '/search', { search_categories: { room_events: { search_term: 'found' } } });
  assert.equal(answer.body.search_categories.room_events.count, 1);
  await stop();
});
