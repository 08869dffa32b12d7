import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findRoom } from '../../lib/domain/rooms/room-lookup.ts';
import { getRoomTables } from '../../lib/storage/admin/purge-room.ts';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { until } from '../platform/until.ts';

const MESSAGES = 400;
const READERS = 8;

/** Somebody who pages through a room again and again, until there is nothing to page through. */
class Reader {
  pages = 0;
  readonly problems: string[] = [];
  readonly #user: TestUser;
  readonly #room: string;
  readonly #direction: 'b' | 'f';

  constructor(user: TestUser, room: string, direction: 'b' | 'f') {
    this.#user = user;
    this.#room = room;
    this.#direction = direction;
  }

  async read(): Promise<void> {
    let from = '';
    let last: number | undefined;
    for (;;) {
      const path = `/rooms/${encodeURIComponent(this.#room)}/messages?dir=${this.#direction}&limit=20${from}`;
      const { status, body } = await this.#user.call('GET', path);
      if (status === 403) return;
      if (status !== 200) {
        this.problems.push(`${status} ${JSON.stringify(body)}`);
        return;
      }
      this.pages++;
      for (const event of body.chunk as { room_id: string; type: string; content: { number?: number } }[]) {
        if (event.room_id !== this.#room) this.problems.push(`an event of ${event.room_id}`);
        const { number } = event.content;
        if (number === undefined) continue;
        const goesOn = last === undefined || (this.#direction === 'b' ? number < last : number > last);
        if (!goesOn) this.problems.push(`${number} after ${last}`);
        last = number;
      }
      from = body.end ? `&from=${body.end}` : '';
      if (from === '') last = undefined;
    }
  }
}

describe('a room that is purged while it is read', () => {
  let server: TestServer;
  let admin: TestUser;
  before(async () => {
    server = await testServer();
    admin = await server.user('admin', { admin: true });
  });
  after(() => server.close());

  const purge = (room: string) =>
    admin.call('DELETE', `/_synapse/admin/v1/rooms/${encodeURIComponent(room)}`, { purge: true });

  for (const visibility of ['world_readable', 'joined']) {
    test(`gives whole pages or none, in order, never an error (${visibility})`, async (t) => {
      const bob = await server.user(`bob-${visibility.replace('_', '-')}`);
      const room = await makeRoom(bob, {
        preset: 'public_chat',
        initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: visibility } }],
      });
      for (let number = 0; number < MESSAGES; number += 50) {
        const events = Array.from({ length: 50 }, (_, i) => ({
          type: 'm.room.message',
          sender: bob.userId,
          content: { msgtype: 'm.text', body: 'x', number: number + i },
        }));
        await server.ctx.writers.events.sendAll({ roomId: room, events });
      }
      const { roomNid } = (await findRoom(server.ctx, room)) as { roomNid: number };
      const readers = Array.from({ length: READERS }, (_, i) => new Reader(bob, room, i % 2 === 0 ? 'b' : 'f'));
      const reading = Promise.all(readers.map((reader) => reader.read()));
      await until('everybody reads', () => readers.every((reader) => reader.pages > 2));
      const purged = await purge(room);
      assert.equal(purged.status, 200, JSON.stringify(purged.body));
      assert.deepEqual(purged.body.kicked_users, [bob.userId]);
      await reading;
      t.diagnostic(`${readers.reduce((sum, reader) => sum + reader.pages, 0)} pages`);
      assert.deepEqual(
        readers.flatMap((reader) => reader.problems),
        [],
      );
      const tables = await getRoomTables(server.ctx.db);
      for (const { table } of tables.filter(({ column }) => column === 'room_nid')) {
        const left = await server.ctx.db.query(`SELECT 1 FROM ${table} WHERE room_nid = $1`, [roomNid]);
        assert.equal(left.length, 0, `${table} has something of the room`);
      }
      assert.equal((await purge(room)).status, 404, 'it is not there any more');
      assert.equal((await bob.call('GET', '/sync')).body.rooms?.leave?.[room], undefined);
    });
  }

  test('is forgotten by every process that follows the streams', async () => {
    const bob = await server.user('bob-forgotten');
    const room = await makeRoom(bob);
    const followers = server.contexts.filter((ctx) => ctx.streams.follows('caches'));
    for (const ctx of followers) assert.ok(await findRoom(ctx, room));
    await purge(room);
    for (const ctx of followers) await until('it is forgotten', async () => !(await findRoom(ctx, room)));
  });
});
