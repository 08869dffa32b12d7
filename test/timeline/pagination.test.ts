import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { countQueries } from './count-queries.ts';
import { histories, play, USERS, visibleByTheBook } from './room-histories.ts';

describe('pages of /messages', () => {
  let server: TestServer;
  const users: TestUser[] = [];
  before(async () => {
    server = await testServer();
    for (const name of ['alice', 'bob', 'carol']) users.push(await server.user(name));
  });
  after(() => server.close());

  /** Event ids of all pages, until there is no further one. */
  async function walk(user: TestUser, roomId: string, direction: 'b' | 'f', limits: number[], from?: string) {
    const ids: string[] = [];
    let token = from;
    for (let i = 0; i < 500; i++) {
      const limit = limits[i % limits.length] as number;
      const query = `dir=${direction}&limit=${limit}${token === undefined ? '' : `&from=${encodeURIComponent(token)}`}`;
      const { status, body } = await user.call('GET', `/rooms/${encodeURIComponent(roomId)}/messages?${query}`);
      assert.equal(status, 200);
      assert.ok(body.chunk.length <= limit);
      ids.push(...body.chunk.map((e: { event_id: string }) => e.event_id));
      if (body.end === undefined) return ids;
      token = body.end;
    }
    throw new Error('the walk does not end');
  }

  test('walking either way gives every visible event exactly once, in order', async () => {
    const limits = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(histories, limits, limits, async (steps, back, forth) => {
        const { roomId, rows } = await play(server.ctx, steps);
        for (const [i, user] of users.entries()) {
          const seen = visibleByTheBook(rows, USERS[i] as string);
          const want = rows.map((row) => row.eventId).filter((id) => seen.has(id));
          const probe = await user.call('GET', `/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=1`);
          // Whoever is not and never was in the room, and may not look in, gets nothing at all.
          if (probe.status === 403) continue;
          const shown = await shownTo(user, roomId, want);
          assert.deepEqual(await walk(user, roomId, 'b', back), [...shown].reverse());
          assert.deepEqual(await walk(user, roomId, 'f', forth), shown);
        }
      }),
      { numRuns: 25 },
    );
  });

  /**
   * Of the visible events those up to where the user left: the rest is not in the pages of somebody who is not back. Who is
   * banned is a stranger, and sees what everybody may.
   */
  async function shownTo(user: TestUser, roomId: string, want: string[]) {
    const [left] = await server.ctx.db.query<{ position: number; membership: string }>(
      `SELECT c.position, m.membership FROM membership_changes c JOIN rooms r USING (room_nid)
       JOIN memberships m ON m.room_nid = c.room_nid AND m.user_id = c.user_id
       WHERE r.room_id = $1 AND c.user_id = $2 AND c.previous = 'join' AND c.membership <> 'join'
       ORDER BY c.position DESC LIMIT 1`,
      [roomId, user.userId],
    );
    if (!left || left.membership === 'join' || left.membership === 'ban') return want;
    const rows = await server.ctx.db.query<{ id: string }>(
      'SELECT event_id AS id FROM events WHERE event_id = ANY($1::text[]) AND position <= $2',
      [want, left.position],
    );
    const kept = new Set(rows.map((row) => row.id));
    return want.filter((id) => kept.has(id));
  }

  test('a page costs the same few queries however long it is', async () => {
    const [alice, bob] = users as [TestUser, TestUser];
    const roomId = await makeRoom(alice, { preset: 'public_chat' });
    await bob.call('POST', `/join/${encodeURIComponent(roomId)}`, {});
    for (let i = 0; i < 60; i++) await say(i % 2 ? alice : bob, roomId, `m ${i}`);
    const path = `/rooms/${encodeURIComponent(roomId)}/messages?dir=b`;
    const plain = async (limit: number) =>
      (await countQueries(server.ctx, () => alice.call('GET', `${path}&limit=${limit}`))).filter(
        (sql) => !/access_tokens|devices/.test(sql),
      );
    await plain(1);
    const few = await plain(2);
    assert.deepEqual(await plain(50), few);
    // A Lambda asks for rooms, visibility and whom the reader ignores each time, since it hears of no change.
    const apart = process.env['MYELIN_TEST_PLACEMENT'] === 'scaled' ? 3 : 0;
    assert.ok(few.length <= 3 + apart, few.join('\n'));
    const lazy = `${path}&limit=50&filter=${encodeURIComponent('{"lazy_load_members":true}')}`;
    const more = await countQueries(server.ctx, () => alice.call('GET', lazy));
    assert.ok(more.length <= 6 + apart, more.join('\n'));
  });
});
