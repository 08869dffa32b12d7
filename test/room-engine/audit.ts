import assert from 'node:assert/strict';
import { type Pdu, prevEventIds } from '../../lib/spec/events.ts';
import { getRoomVersion, type RoomVersion } from '../../lib/spec/room-versions.ts';
import {
  type ResolutionEvent,
  resolutionEventOf,
  resolveState,
  type StateMap,
  stateKeyOf,
} from '../../lib/spec/state-resolution/index.ts';
import type { Database } from '../../lib/storage/database.ts';
import { EVENT_OUTLIER, EVENT_REJECTED, EVENT_SOFT_FAILED } from '../../lib/storage/events/event-row.ts';
import { lookAt, sorted, stateBefore } from './look.ts';

/**
 * Works a stored room out anew from its events alone, by the rules of `lib/spec` over the whole graph, and compares: the
 * state before every event, forward extremities, current state by group and by table, members. Of events whose parents
 * are not stored (by which a room was taken over) the stored state is taken as given.
 *
 * @param options.takenOverBy the event with which a user came back, where the room had been left: what was stored before
 * it is no end of the graph any more
 */
export async function audit(
  db: Database,
  roomId: string,
  options: { takenOverBy?: string } = {},
): Promise<{ events: number; forks: number }> {
  const stored = await lookAt(db, roomId);
  const [room] = await db.query<{ version: string }>('SELECT room_version AS version FROM rooms WHERE room_id = $1', [
    roomId,
  ]);
  const version = getRoomVersion(room?.version ?? '') as RoomVersion;
  const rows = await db.query<{ nid: number; id: string; flags: number; json: string }>(
    `SELECT event_nid AS nid, event_id AS id, flags, json FROM events WHERE room_nid = $1 AND flags & ${EVENT_OUTLIER} = 0
     ORDER BY depth, event_nid`,
    [stored.roomNid],
  );
  const events = new Map(rows.map((row) => [row.id, { ...row, pdu: JSON.parse(row.json) as Pdu }]));
  const resolution = new Map<string, ResolutionEvent>();
  for (const { id, pdu, flags } of events.values()) {
    if (pdu.state_key === undefined) continue;
    resolution.set(id, resolutionEventOf(pdu, id, version, (flags & EVENT_REJECTED) !== 0));
  }
  const given = new Map<string, StateMap>();
  for (const { id, pdu } of events.values()) {
    if (prevEventIds(pdu, version).some((one) => !events.has(one))) given.set(id, await stateBefore(db, id));
  }
  const outliers = await db.query<{ id: string; flags: number; json: string }>(
    `SELECT event_id AS id, flags, json FROM events WHERE room_nid = $1 AND flags & ${EVENT_OUTLIER} <> 0`,
    [stored.roomNid],
  );
  for (const { id, flags, json } of outliers) {
    resolution.set(id, resolutionEventOf(JSON.parse(json), id, version, (flags & EVENT_REJECTED) !== 0));
  }
  const after = new Map<string, StateMap>();
  const merged = (ids: string[]): StateMap => {
    const sets = [...new Set(ids.map((id) => stateAfter(id)))];
    return sets.length <= 1 ? (sets[0] ?? new Map()) : resolveState(version, sets, resolution);
  };
  const stateAfter = (id: string): StateMap => {
    const known = after.get(id);
    if (known) return known;
    const event = events.get(id);
    assert.ok(event, `${id} is named and not stored`);
    const { pdu, flags } = event;
    const before = given.get(id) ?? merged(prevEventIds(pdu, version));
    const rejected = (flags & EVENT_REJECTED) !== 0;
    const state =
      pdu.state_key === undefined || rejected ? before : new Map(before).set(stateKeyOf(pdu.type, pdu.state_key), id);
    after.set(id, state);
    return state;
  };
  let forks = 0;
  for (const { id, pdu } of events.values()) {
    if (given.has(id)) continue;
    const previous = prevEventIds(pdu, version);
    if (previous.length > 1) forks++;
    assert.deepEqual(sorted(await stateBefore(db, id)), sorted(merged(previous)), `state before ${id}`);
  }
  const isHidden = (id: string) => ((events.get(id)?.flags ?? 0) & (EVENT_REJECTED | EVENT_SOFT_FAILED)) !== 0;
  const followed = new Set<string>();
  const follow = (id: string) => {
    for (const previous of prevEventIds(events.get(id)?.pdu as Pdu, version)) {
      if (followed.has(previous)) continue;
      followed.add(previous);
      if (events.has(previous) && isHidden(previous)) follow(previous);
    }
  };
  for (const id of events.keys()) if (!isHidden(id)) follow(id);
  const since = options.takenOverBy === undefined ? 0 : (events.get(options.takenOverBy)?.nid ?? 0);
  const ends = [...events.values()]
    .filter(({ id, nid }) => nid >= since && !isHidden(id) && !followed.has(id))
    .map(({ id }) => id);
  assert.deepEqual(stored.extremities, ends.sort());
  const current = sorted(merged(ends));
  assert.deepEqual(sorted(stored.byGroup), current, 'current state by group');
  assert.deepEqual(sorted(stored.current), current, 'current state by table');
  for (const [userId, membership] of stored.members) {
    const id = merged(ends).get(`m.room.member\0${userId}`);
    assert.equal(membership, id ? resolution.get(id)?.content['membership'] : 'leave', userId);
  }
  return { events: events.size, forks };
}
