import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Queryable } from '../../lib/storage/database.ts';
import { type TestEngine, testEngine } from './engine-kit.ts';
import { lookAt, sorted, stateBefore } from './look.ts';
import { grow, type History, histories, shuffled } from './random-history.ts';
import { ALICE, BOB, RemoteRoom } from './remote-room.ts';

const RUNS = Number(process.env['CONVERGENCE_RUNS'] ?? 6);

describe('two servers that hear of the same events in different orders', () => {
  let engines: [TestEngine, TestEngine];
  before(async () => {
    engines = await Promise.all([testEngine(), testEngine()]);
  });
  after(() => Promise.all(engines.map((engine) => engine.close())));

  for (const version of ['1', '2', '10', '11', '12']) {
    test(`version ${version}: know the same state before every event, and come to the same room`, async () => {
      await fc.assert(
        fc.asyncProperty(histories, (history) => converges(engines, version, history)),
        { numRuns: RUNS, endOnFailure: true },
      );
    });
  }
});

async function converges(engines: readonly TestEngine[], version: string, history: History): Promise<void> {
  const room = new RemoteRoom(version).start({ levels: { [BOB]: 50 } });
  room.member(BOB, BOB, 'join');
  const state = [...room.stateAfter([room.last]).values()];
  const joined = room.member('@me:localhost', '@me:localhost', 'join');
  for (const { events } of engines) await room.adoptedBy(events, joined, state);
  const made = grow(room, history.steps);
  const tips = room.tips();
  const merge = room.say(ALICE, 'all together', { after: tips.slice(-20) });

  const [one, other] = engines as [TestEngine, TestEngine];
  const first = await deliver(room, one, made, history.chunk);
  const second = await deliver(room, other, shuffled(made, history.order), 1);
  for (const id of made) {
    const { rejected, before: model } = room.get(id);
    assert.equal(first.get(id) === 'rejected', rejected, `${id} by the one: ${first.get(id)}`);
    assert.equal(second.get(id) === 'rejected', rejected, `${id} by the other: ${second.get(id)}`);
    for (const { db } of engines) assert.deepEqual(sorted(await stateBefore(db, id)), sorted(model));
  }
  for (const { db, events } of engines) {
    const [result] = await room.sendTo(events, [merge]);
    assert.equal(result?.status, 'accepted');
    const stored = await lookAt(db, room.roomId);
    // Ends beyond the twenty that an event can name stay ends.
    if (tips.length <= 20) assert.deepEqual(stored.extremities, [merge]);
    const wanted = sorted(room.stateAfter([merge]));
    assert.deepEqual(sorted(stored.byGroup), wanted);
    assert.deepEqual(sorted(stored.current), wanted);
    assert.deepEqual(sorted(await replayed(db, stored.roomNid)), wanted);
    assertMembers(room, merge, stored.members);
  }
}

/** Gives events until all are taken, those again that came too early. Returns what became of each. */
async function deliver(
  room: RemoteRoom,
  { events }: TestEngine,
  ids: readonly string[],
  chunk: number,
): Promise<Map<string, string>> {
  const statuses = new Map<string, string>();
  let todo = [...ids];
  while (todo.length > 0) {
    const early: string[] = [];
    for (let at = 0; at < todo.length; at += chunk) {
      const some = todo.slice(at, at + chunk);
      for (const [i, { status }] of (await room.sendTo(events, some)).entries()) {
        if (status === 'missing') early.push(some[i] as string);
        else statuses.set(some[i] as string, status);
      }
    }
    assert.ok(early.length < todo.length, 'nothing more is taken');
    todo = early;
  }
  return statuses;
}

/** The state that a reader of the stream comes to: each event's own key, and what the corrections say beside. */
async function replayed(db: Queryable, roomNid: number): Promise<Map<string, string>> {
  const state = new Map<string, string>();
  const start = await db.query(
    `SELECT e.type, e.state_key AS key, e.event_id AS id FROM current_state c JOIN events e USING (event_nid)
     WHERE c.room_nid = $1 AND e.position IS NULL`,
    [roomNid],
  );
  for (const { type, key, id } of start) state.set(`${type}\0${key}`, id);
  const steps = await db.query(
    `SELECT position, 0 AS rank, type, state_key AS key, event_id AS id FROM events
     WHERE room_nid = $1 AND position IS NOT NULL AND state_key IS NOT NULL
     UNION ALL SELECT c.position, 1, c.type, c.state_key, e.event_id FROM state_corrections c
     LEFT JOIN events e ON e.event_nid = c.event_nid WHERE c.room_nid = $1 ORDER BY position, rank`,
    [roomNid],
  );
  for (const { type, key, id } of steps) {
    if (id === null) state.delete(`${type}\0${key}`);
    else state.set(`${type}\0${key}`, id);
  }
  return state;
}

function assertMembers(room: RemoteRoom, at: string, members: ReadonlyMap<string, string>): void {
  const state = room.stateAfter([at]);
  for (const [userId, membership] of members) {
    const event = state.get(`m.room.member\0${userId}`);
    assert.equal(membership, event ? room.pdu(event).content['membership'] : 'leave', userId);
  }
}
