import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, testServer } from '../kit/server.ts';

describe('answers of /sync for a retry', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({ syncResponseCacheMs: 60_000 });
  });
  after(() => server.close());

  test('the same request gets the same answer, another one a new answer', async () => {
    const alice = await server.user('alice');
    const room = await makeRoom(alice);
    const first = await alice.call('GET', '/sync');
    const path = `/sync?since=${first.body.next_batch}&timeout=0`;
    const eventId = await say(alice, room, 'one');
    const answer = await alice.call('GET', path);
    assert.deepEqual(
      answer.body.rooms.join[room].timeline.events.map((event: { event_id: string }) => event.event_id),
      [eventId],
    );
    await say(alice, room, 'two');
    const again = await alice.call('GET', path);
    assert.equal(again.body.next_batch, answer.body.next_batch);
    assert.equal(again.body.rooms.join[room].timeline.events.length, 1);
    const next = await alice.call('GET', `/sync?since=${answer.body.next_batch}`);
    assert.equal(next.body.rooms.join[room].timeline.events[0].content.body, 'two');
  });

  test('an answer that leads no further is not given again', async () => {
    const dora = await server.user('dora');
    const room = await makeRoom(dora);
    await dora.call('PUT', '/presence/@dora:localhost/status', { presence: 'online' });
    let since: string = (await dora.call('GET', '/sync?set_presence=offline')).body.next_batch;
    const next = async () => {
      const { body } = await dora.call('GET', `/sync?since=${since}&timeout=200&set_presence=offline`);
      const same = body.next_batch === since;
      since = body.next_batch;
      return { same, events: body.rooms?.join[room]?.timeline?.events?.length ?? 0 };
    };
    while (!(await next()).same);
    await say(dora, room, 'news');
    assert.deepEqual(await next(), { same: false, events: 1 });
  });

  test('a first sync shows what there is now, however lately the last one was', async () => {
    const erin = await server.user('erin');
    const room = await makeRoom(erin);
    await erin.call('GET', '/sync');
    const eventId = await say(erin, room, 'since then');
    const { events } = (await erin.call('GET', '/sync')).body.rooms.join[room].timeline;
    assert.equal(events.at(-1).event_id, eventId);
  });

  test('other devices and users get answers of their own', async () => {
    const bob = await server.user('bob');
    const carol = await server.user('carol');
    const room = await makeRoom(bob);
    const [ours, theirs] = await Promise.all([bob.call('GET', '/sync'), carol.call('GET', '/sync')]);
    assert.ok(ours.body.rooms.join[room]);
    assert.equal(theirs.body.rooms, undefined);
  });
});
