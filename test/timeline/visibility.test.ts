import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { filterVisible } from '../../lib/domain/timeline/visibility.ts';
import type { EventRow } from '../../lib/storage/events/event-row.ts';
import { followerOf, makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { countQueries } from './count-queries.ts';
import { histories, play, USERS, visibleByTheBook } from './room-histories.ts';

describe('history visibility', () => {
  let server: TestServer;
  const users: TestUser[] = [];
  before(async () => {
    server = await testServer();
    for (const name of ['alice', 'bob', 'carol', 'dave']) users.push(await server.user(name));
  });
  after(() => server.close());

  async function compare(roomNid: number, rows: EventRow[]) {
    for (const userId of [...USERS, '@dave:localhost']) {
      const visible = await filterVisible(followerOf(server), roomNid, userId, rows);
      const got = visible.map(({ row, membership }) => [row.eventId, membership]);
      const want = visibleByTheBook(rows, userId);
      assert.deepEqual(
        got,
        rows.filter((r) => want.has(r.eventId)).map((r) => [r.eventId, want.get(r.eventId)]),
        userId,
      );
    }
  }

  test('agrees with the book for random histories', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        const { roomNid, rows } = await play(server.ctx, steps);
        await compare(roomNid, rows);
      }),
      { numRuns: 40 },
    );
  });

  test('agrees with the book by state groups, in rooms that other servers take part in', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        const { roomNid, rows } = await play(server.ctx, steps);
        await server.ctx.db.query(
          `INSERT INTO memberships (room_nid, user_id, membership, event_nid, position, sender, local)
           VALUES ($1, '@far:elsewhere', 'leave', 0, 0, '@far:elsewhere', false)`,
          [roomNid],
        );
        await compare(roomNid, rows);
      }),
      { numRuns: 40 },
    );
  });

  test('follows what happens, with nothing asked of the database in between', async () => {
    const [alice, bob] = users as [TestUser, TestUser];
    const roomId = await makeRoom(alice, { preset: 'public_chat' });
    const path = `/rooms/${encodeURIComponent(roomId)}`;
    await alice.call('PUT', `${path}/state/m.room.history_visibility`, { history_visibility: 'joined' });
    const ids = [await say(alice, roomId, 'before')];
    await bob.call('POST', `${path}/join`, {});
    ids.push(await say(alice, roomId, 'while in'));
    const rows = await rowsOf(ids);
    const seen = async () =>
      (await filterVisible(followerOf(server), rows[0]!.roomNid, bob.userId, await rowsOf(ids))).map(
        (e) => e.row.eventId,
      );
    assert.deepEqual(await seen(), [ids[1]]);
    await bob.call('POST', `${path}/leave`, {});
    ids.push(await say(alice, roomId, 'gone'));
    assert.deepEqual(await seen(), [ids[1]]);
    await bob.call('POST', `${path}/join`, {});
    ids.push(await say(alice, roomId, 'back'));
    assert.deepEqual(await seen(), [ids[1], ids[3]]);
    await alice.call('PUT', `${path}/state/m.room.history_visibility`, { history_visibility: 'world_readable' });
    ids.push(await say(alice, roomId, 'open'));
    assert.deepEqual(await seen(), [ids[1], ids[3], ids[4]]);

    const all = await rowsOf(ids);
    const queries = await countQueries(followerOf(server), async () => {
      for (let i = 0; i < 20; i++) await filterVisible(followerOf(server), all[0]!.roomNid, bob.userId, all);
    });
    assert.deepEqual(queries, []);
  });

  test('content of erased users is shown only to those who were there', async () => {
    const [alice, bob, carol] = users as [TestUser, TestUser, TestUser];
    const roomId = await makeRoom(alice, { preset: 'public_chat' });
    await bob.call('POST', `/join/${encodeURIComponent(roomId)}`, {});
    const said = await say(alice, roomId, 'forget me');
    await carol.call('POST', `/join/${encodeURIComponent(roomId)}`, {});
    const bodyFor = async (user: TestUser) => {
      const answer = await user.call('GET', `/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(said)}`);
      assert.equal(answer.status, 200);
      return answer.body.content;
    };
    assert.deepEqual(await bodyFor(carol), { msgtype: 'm.text', body: 'forget me' });
    await server.ctx.db.query('UPDATE users SET erased = true WHERE user_id = $1', [alice.userId]);
    assert.deepEqual(await bodyFor(bob), { msgtype: 'm.text', body: 'forget me' });
    assert.deepEqual(await bodyFor(carol), {});
    await server.ctx.db.query('UPDATE users SET erased = false WHERE user_id = $1', [alice.userId]);
  });

  async function rowsOf(ids: string[]): Promise<EventRow[]> {
    const { getEvents } = await import('../../lib/storage/events/read-events.ts');
    const rows = new Map((await getEvents(server.ctx.db, ids)).map((row) => [row.eventId, row]));
    return ids.map((id) => rows.get(id) as EventRow);
  }
});
