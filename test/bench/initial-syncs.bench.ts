import { monitorEventLoopDelay } from 'node:perf_hooks';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';

export const about = 'Initial syncs beside incremental ones: [NEWCOMERS, 50] [ROOMS, 200]';

const WATCHERS = 10;
const BASE_MS = 6_000;
const ROOMS_AT_ONCE = 8;

/**
 * How much slower incremental syncs are while many accounts with many rooms sync for the first time. Everything is in
 * this one process: the worst case, where both share one thread.
 */
export async function run([newcomers = '50', rooms = '200']: string[]): Promise<void> {
  const server = await testServer();
  try {
    const accounts = await users(server, 'new', Number(newcomers));
    const watchers = await users(server, 'watcher', WATCHERS);
    await fillRooms(server, accounts, Number(rooms));
    const room = await makeRoom(watchers[0] as TestUser, { preset: 'public_chat' });
    for (const one of watchers.slice(1)) await one.call('POST', `/join/${encodeURIComponent(room)}`, {});

    const watch = new Watch(watchers, room);
    await watch.for(1_000);
    const before = await watch.for(BASE_MS);
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const started = performance.now();
    const syncs = accounts.map(async (account) => {
      const answer = await account.call('GET', '/sync');
      if (Object.keys(answer.body.rooms.join).length !== Number(rooms)) throw new Error('a first sync lacks rooms');
      return performance.now() - started;
    });
    const during = await watch.until(Promise.all(syncs));
    loop.disable();
    console.log(
      `event loop: p99 ${(loop.percentile(99) / 1e6).toFixed(1)} ms, longest ${(loop.max / 1e6).toFixed(1)} ms`,
    );
    const took = (await Promise.all(syncs)).sort((a, b) => a - b);
    const ms = (value: number) => `${value.toFixed(1)} ms`;
    const line = (name: string, times: number[]) =>
      console.log(`${name}: ${times.length} syncs, p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}`);
    line('incremental, alone', before);
    line('incremental, beside first syncs', during);
    console.log(`${newcomers} first syncs of ${rooms} rooms: the last after ${ms(took.at(-1) as number)}`);
    console.log(`ratio of p99: ${(quantile(during, 0.99) / quantile(before, 0.99)).toFixed(2)}`);
  } finally {
    await server.close();
  }
}

function users(server: TestServer, prefix: string, count: number): Promise<TestUser[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => server.user(`${prefix}${i}`)));
}

/** Rooms with everybody in and some messages. */
async function fillRooms({ ctx }: TestServer, members: TestUser[], count: number): Promise<void> {
  const [creator] = members as [TestUser, ...TestUser[]];
  const make = async () => {
    const roomId = await makeRoom(creator, { preset: 'public_chat' });
    const joins = members.slice(1).map(({ userId }) => ({
      type: 'm.room.member',
      stateKey: userId,
      sender: userId,
      content: { membership: 'join' },
    }));
    const messages = Array.from({ length: 20 }, (_, i) => ({
      type: 'm.room.message',
      sender: creator.userId,
      content: { msgtype: 'm.text', body: `message ${i}` },
    }));
    await ctx.writers.events.sendAll({ roomId, events: [...joins, ...messages] });
  };
  for (let i = 0; i < count; i += ROOMS_AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(ROOMS_AT_ONCE, count - i) }, make));
  }
}

/** Users of a room in which somebody talks; measures from each message to the sync that brings it. */
class Watch {
  readonly #watchers: TestUser[];
  readonly #room: string;

  constructor(watchers: TestUser[], room: string) {
    this.#watchers = watchers;
    this.#room = room;
  }

  for(ms: number): Promise<number[]> {
    return this.until(new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /** Times in milliseconds of the syncs until a promise is settled. */
  async until(end: Promise<unknown>): Promise<number[]> {
    let ended = false;
    const done = end.finally(() => {
      ended = true;
    });
    const times: number[] = [];
    const since = await Promise.all(
      this.#watchers.map(async (one) => (await one.call('GET', '/sync')).body.next_batch as string),
    );
    while (!ended) {
      const started = performance.now();
      const heard = this.#watchers.map(async (one, i) => {
        const path = `/sync?since=${since[i]}&timeout=20000&set_presence=offline`;
        for (;;) {
          const { body } = await one.call('GET', path.replace(/since=[^&]*/, `since=${since[i]}`));
          since[i] = body.next_batch;
          if (body.rooms?.join?.[this.#room]?.timeline?.events?.length) break;
        }
        times.push(performance.now() - started);
      });
      await say(this.#watchers[0] as TestUser, this.#room, 'news');
      await Promise.all(heard);
    }
    await done;
    return times;
  }
}

function quantile(times: number[], q: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
}
