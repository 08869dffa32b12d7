import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Dice } from '../../api/dice.ts';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../../kit/server.ts';
import { ids, join, leave, ok, roomPath, setState } from '../reader.ts';
import { SlidingReader } from './sliding-reader.ts';

const seed = Number(process.env['SLIDING_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = 4;
const STEPS = 40;

interface Event {
  event_id: string;
  type: string;
  state_key?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a room of an answer
type Entry = any;

/** A client that keeps what it is told, as clients do. */
class Client {
  readonly reader: SlidingReader;
  readonly rooms = new Map<string, { membership: string; timeline: string[]; state: Map<string, string> }>();

  constructor(user: TestUser) {
    this.reader = new SlidingReader(user);
  }

  apply(rooms: Record<string, Entry>): void {
    for (const [roomId, entry] of Object.entries(rooms)) {
      let room = this.rooms.get(roomId);
      if (entry.initial || !room) {
        assert.ok(entry.initial, `the client knows nothing of ${roomId}`);
        room = { membership: '', timeline: [], state: new Map() };
        this.rooms.set(roomId, room);
      }
      room.membership = entry.membership ?? room.membership;
      for (const event of (entry.required_state ?? []) as Event[])
        room.state.set(`${event.type}|${event.state_key}`, event.event_id);
      // A gap, or more of the past, takes the place of what was there.
      if (entry.limited || entry.unstable_expanded_timeline) room.timeline = [];
      const known = new Set(room.timeline);
      room.timeline.push(...ids(entry.timeline).filter((id) => !known.has(id)));
    }
  }
}

let server: TestServer;
before(async () => {
  server = await testServer();
});
after(() => server.close());

test(`clients come to know what there is, whatever they look at and lose (SLIDING_SEED=${seed})`, async () => {
  const dice = new Dice(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const [alice, bob] = [await server.user(`alice${round}`), await server.user(`bob${round}`)];
    const rooms: string[] = [];
    for (let i = 0; i < 5; i++) {
      rooms.push(await makeRoom(alice, { preset: 'public_chat', power_level_content_override: { state_default: 0 } }));
    }
    for (const room of rooms.slice(0, 3)) await join(bob, room);
    const client = new Client(bob);
    const config = () => ({
      timeline_limit: dice.pick([1, 3, 10]),
      required_state: dice.pick([
        [['*', '*']],
        [
          ['x.state', '*'],
          ['m.room.name', ''],
        ],
      ]),
    });
    const look = () => {
      const first = dice.pick([0, 0, 1]);
      return {
        lists: dice.chance(0.9) ? { all: { ...config(), ranges: [[first, first + dice.pick([0, 1, 3])]] } } : {},
        room_subscriptions: dice.chance(0.3) ? { [dice.pick(rooms)]: config() } : {},
      };
    };
    for (let step = 0; step < STEPS; step++) {
      const room = dice.pick(rooms);
      const act = dice.pick(['say', 'say', 'say', 'state', 'state', 'name', 'move', 'sync', 'sync', 'lose']);
      if (act === 'say') await say(alice, room, `${step}`);
      else if (act === 'state') await setState(alice, room, 'x.state', { step }, dice.pick(['a', 'b']));
      else if (act === 'name') await setState(alice, room, 'm.room.name', { name: `${step}` });
      else if (act === 'move') {
        const joined = (await ok(bob, 'GET', '/joined_rooms')).joined_rooms as string[];
        await (joined.includes(room) ? leave(bob, room) : join(bob, room));
      } else {
        const { pos } = client.reader;
        const body = await client.reader.sync(look());
        if (act === 'sync' || pos === undefined) client.apply(body.rooms);
        // The answer was lost on its way.
        else client.reader.pos = pos;
      }
    }
    const everything = { lists: { all: { timeline_limit: 10, required_state: [['*', '*']], ranges: [[0, 20]] } } };
    for (let i = 0; i < 2; i++) client.apply((await client.reader.sync(everything)).rooms);
    assert.deepEqual((await client.reader.sync(everything)).rooms, {});

    const joined = (await ok(bob, 'GET', '/joined_rooms')).joined_rooms as string[];
    const believed = [...client.rooms].filter(([, room]) => room.membership === 'join').map(([roomId]) => roomId);
    assert.deepEqual(believed.sort(), joined.sort());
    for (const roomId of joined) {
      const room = client.rooms.get(roomId);
      assert.ok(room);
      const { chunk } = await ok(bob, 'GET', roomPath(roomId, '/messages?dir=b&limit=10'));
      const newest = ids(chunk).reverse();
      assert.deepEqual(room.timeline.slice(-newest.length), newest, 'the newest events, without a hole');
      const state = (await ok(bob, 'GET', roomPath(roomId, '/state'))) as Event[];
      assert.deepEqual(
        [...room.state].sort(),
        state.map((event): [string, string] => [`${event.type}|${event.state_key}`, event.event_id]).sort(),
        'the state as it is',
      );
    }
  }
});
