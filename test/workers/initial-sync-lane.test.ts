import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lane } from '../../lib/domain/sync/lane.ts';
import { makeRoom, say, type TestServer, testServer } from '../kit/server.ts';
import { until } from '../platform/until.ts';

/** Something that runs until it is told to end. */
function task() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const state = { started: false, end, run: async () => {} };
  state.run = async () => {
    state.started = true;
    await ended;
  };
  return state;
}

const started = (tasks: { started: boolean }[]) => tasks.map((one) => (one.started ? 1 : 0)).join('');

describe('the lane of initial syncs', () => {
  test('lets so many run and no more, one after the other', async () => {
    const lane = new Lane(2);
    const tasks = Array.from({ length: 5 }, task);
    const all = tasks.map((one) => lane.run(one.run));
    assert.equal(started(tasks), '11000');
    tasks[1]?.end();
    await all[1];
    await sleep(0);
    assert.equal(started(tasks), '11100');
    for (const one of tasks) one.end();
    await Promise.all(all);
  });

  test('a task that fails leaves its place', async () => {
    const lane = new Lane(1);
    await assert.rejects(lane.run(() => Promise.reject(new Error('no'))));
    assert.equal(await lane.run(async () => 'next'), 'next');
  });

  test('long ones hold nobody up, as long as there are few of them', async () => {
    const lane = new Lane(1, 20);
    const tasks = Array.from({ length: 6 }, task);
    const all = tasks.map((one) => lane.run(one.run));
    await until('three are long', () => started(tasks) === '111100');
    await sleep(60);
    assert.equal(started(tasks), '111100', 'the fourth is not let off');
    for (const one of tasks) one.end();
    await Promise.all(all);
  });

  describe('in a server', () => {
    let server: TestServer;
    before(async () => {
      server = await testServer();
    });
    after(() => server.close());

    test('first syncs wait for each other, and nobody else waits for them', async () => {
      const [slow, next, other] = [await server.user('slow'), await server.user('next'), await server.user('other')];
      const room = await makeRoom(other);
      const since = (await other.call('GET', '/sync?set_presence=offline')).body.next_batch;
      const { userRooms } = server.ctx.sync;
      const { follow } = userRooms;
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      userRooms.follow = async (userId) => {
        if (userId === slow.userId) await held;
        return follow.call(userRooms, userId);
      };
      const done: string[] = [];
      const note = (name: string) => (answer: { status: number }) => done.push(`${name} ${answer.status}`);
      const first = slow.call('GET', '/sync?set_presence=offline').then(note('slow'));
      const second = next.call('GET', '/sync?set_presence=offline').then(note('next'));
      try {
        await say(other, room, 'news');
        const { body } = await other.call('GET', `/sync?since=${since}&timeout=5000&set_presence=offline`);
        assert.equal(body.rooms?.join[room].timeline.events.length, 1, JSON.stringify(body));
        await sleep(50);
        assert.deepEqual(done, []);
      } finally {
        release();
      }
      await Promise.all([first, second]);
      assert.deepEqual(done, ['slow 200', 'next 200']);
    });
  });
});
