import { booleanArray, numberArray, textArray } from '../arrays.ts';
import type { Database } from '../database.ts';
import type { EventRow } from './event-row.ts';

/** Head of a room after the batch. */
export interface RoomHeadWrite {
  roomNid: number;
  roomId: string;
  roomVersion: string;
  creator: string;
  createdTs: number;
  slot: number;
  extremities: number[];
  stateGroup: number;
  depth: number;
  isPublic: boolean;
  /** Place in the batch (from 0) of the room's last event. */
  lastIndex: number;
}

export interface StateGroupWrite {
  stateGroup: number;
  roomNid: number;
  base: number | null;
  index: number;
  types: string[];
  stateKeys: string[];
  eventNids: number[];
}

export interface CurrentStateWrite {
  roomNid: number;
  type: string;
  stateKey: string;
  eventNid: number;
}

export interface MembershipWrite {
  roomNid: number;
  userId: string;
  membership: string;
  eventNid: number;
  sender: string;
  displayName: string | null;
  avatarUrl: string | null;
  local: boolean;
  /** Membership before. */
  previous: string | null;
  /** Place in the batch of the event. */
  index: number;
}

export interface RelationWrite {
  eventNid: number;
  roomNid: number;
  relatesTo: string;
  relType: string;
  key: string | null;
  type: string;
  sender: string;
}

export interface PushExceptionWrite {
  userId: string;
  roomNid: number;
  index: number;
  notify: number;
  threadRoot: string | null;
}

export interface NewEventRow extends Omit<EventRow, 'position'> {
  prevNids: number[];
  authNids: number[];
}

/** All that one batch writes. */
export interface BatchWrite {
  /** Slots whose rooms are written, with the epoch under which this process holds them. */
  fences: { slot: number; epoch: number }[];
  events: NewEventRow[];
  rooms: RoomHeadWrite[];
  stateGroups: StateGroupWrite[];
  currentState: CurrentStateWrite[];
  memberships: MembershipWrite[];
  relations: RelationWrite[];
  pushExceptions: PushExceptionWrite[];
  redactions: { targetNid: number; byNid: number }[];
  aliases: { alias: string; roomNid: number; creator: string; ts: number }[];
}

/** The slots' owner is another process by now; nothing was written. */
export class FencedError extends Error {
  override name = 'FencedError';
}

// Every part refers to `turn`, so nothing is written before the fence has been checked and the positions are taken.
const SQL = `
WITH fence AS (
  SELECT assert_fence(count(*), $3) AS ok FROM (
    SELECT 1 FROM unit_leases s JOIN unnest($1::smallint[], $2::bigint[]) AS f(slot, epoch)
      ON s.unit = 'event-persister' AND s.shard = f.slot AND s.epoch = f.epoch ORDER BY s.shard FOR SHARE OF s) held
), turn AS (
  UPDATE stream_positions SET position = position + $4::bigint
  WHERE stream = 'events' AND (SELECT ok FROM fence)
  RETURNING position, position - $4::bigint AS base
), new_events AS (
  INSERT INTO events (event_nid, room_nid, event_id, type, state_key, sender, depth, origin_server_ts, state_group,
    state_group_after, prev_nids, auth_nids, flags, notify, replaces_nid, thread_root, txn_device, txn_id, json, position)
  SELECT e.event_nid, e.room_nid, e.event_id, e.type, e.state_key, e.sender, e.depth, e.ts, e.state_group,
    e.state_group_after, e.prev_nids::bigint[], e.auth_nids::bigint[], e.flags, e.notify, e.replaces_nid, e.thread_root,
    e.txn_device, e.txn_id, e.json, (SELECT base FROM turn) + e.place
  FROM unnest($5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[],
    $13::bigint[], $14::bigint[], $15::text[], $16::text[], $17::smallint[], $18::smallint[], $19::bigint[], $20::text[],
    $21::text[], $22::text[], $23::text[]) WITH ORDINALITY
    AS e(event_nid, room_nid, event_id, type, state_key, sender, depth, ts, state_group, state_group_after, prev_nids,
      auth_nids, flags, notify, replaces_nid, thread_root, txn_device, txn_id, json, place)
), heads AS (
  INSERT INTO rooms AS r (room_nid, room_id, room_version, creator, created_ts, slot, extremities, state_group, depth,
    is_public, position)
  SELECT h.room_nid, h.room_id, h.room_version, h.creator, h.created_ts, h.slot, h.extremities::bigint[], h.state_group,
    h.depth, h.is_public, (SELECT base FROM turn) + h.last_index + 1
  FROM unnest($24::bigint[], $25::text[], $26::text[], $27::text[], $28::bigint[], $29::smallint[], $30::text[],
    $31::bigint[], $32::bigint[], $33::boolean[], $34::bigint[])
    AS h(room_nid, room_id, room_version, creator, created_ts, slot, extremities, state_group, depth, is_public, last_index)
  ON CONFLICT (room_nid) DO UPDATE SET extremities = EXCLUDED.extremities, state_group = EXCLUDED.state_group,
    depth = EXCLUDED.depth, position = EXCLUDED.position
), groups AS (
  INSERT INTO state_groups (state_group, room_nid, base, index, types, state_keys, event_nids)
  SELECT g.state_group, g.room_nid, g.base, g.index, g.types::text[], g.state_keys::text[], g.event_nids::bigint[]
  FROM unnest($35::bigint[], $36::bigint[], $37::bigint[], $38::bigint[], $39::text[], $40::text[], $41::text[])
    AS g(state_group, room_nid, base, index, types, state_keys, event_nids), turn
), state AS (
  INSERT INTO current_state (room_nid, type, state_key, event_nid)
  SELECT s.room_nid, s.type, s.state_key, s.event_nid
  FROM unnest($42::bigint[], $43::text[], $44::text[], $45::bigint[]) AS s(room_nid, type, state_key, event_nid), turn
  ON CONFLICT (room_nid, type, state_key) DO UPDATE SET event_nid = EXCLUDED.event_nid
), members AS (
  INSERT INTO memberships AS m (room_nid, user_id, membership, event_nid, sender, display_name, avatar_url, local, position)
  SELECT w.room_nid, w.user_id, w.membership, w.event_nid, w.sender, w.display_name, w.avatar_url, w.local,
    (SELECT base FROM turn) + w.place + 1
  FROM unnest($46::bigint[], $47::text[], $48::text[], $49::bigint[], $50::text[], $51::text[], $52::text[],
    $53::boolean[], $54::bigint[])
    AS w(room_nid, user_id, membership, event_nid, sender, display_name, avatar_url, local, place)
  ON CONFLICT (room_nid, user_id) DO UPDATE SET membership = EXCLUDED.membership, event_nid = EXCLUDED.event_nid,
    sender = EXCLUDED.sender, display_name = EXCLUDED.display_name, avatar_url = EXCLUDED.avatar_url,
    position = EXCLUDED.position, forgotten = m.forgotten AND EXCLUDED.membership IN ('leave', 'ban')
), changes AS (
  INSERT INTO membership_changes (user_id, position, room_nid, event_nid, membership, previous)
  SELECT c.user_id, (SELECT base FROM turn) + c.place + 1, c.room_nid, c.event_nid, c.membership, c.previous
  FROM unnest($55::text[], $56::bigint[], $57::bigint[], $58::bigint[], $59::text[], $60::text[])
    AS c(user_id, place, room_nid, event_nid, membership, previous)
), relations AS (
  INSERT INTO event_relations (event_nid, room_nid, relates_to, rel_type, aggregation_key, type, sender)
  SELECT l.* FROM unnest($61::bigint[], $62::bigint[], $63::text[], $64::text[], $65::text[], $66::text[], $67::text[])
    AS l(event_nid, room_nid, relates_to, rel_type, aggregation_key, type, sender), turn
), pushes AS (
  INSERT INTO push_exceptions (user_id, room_nid, position, notify, thread_root)
  SELECT p.user_id, p.room_nid, (SELECT base FROM turn) + p.place + 1, p.notify, p.thread_root
  FROM unnest($68::text[], $69::bigint[], $70::bigint[], $71::smallint[], $72::text[])
    AS p(user_id, room_nid, place, notify, thread_root)
), redactions AS (
  UPDATE events t SET redacted_by = r.by_nid
  FROM unnest($73::bigint[], $74::bigint[]) AS r(target_nid, by_nid), turn
  WHERE t.event_nid = r.target_nid AND t.redacted_by IS NULL
), aliases AS (
  INSERT INTO room_aliases (alias, room_nid, creator, created_ts)
  SELECT a.alias, a.room_nid, a.creator, a.ts
  FROM unnest($75::text[], $76::bigint[], $77::text[], $78::bigint[]) AS a(alias, room_nid, creator, ts), turn
)
SELECT position FROM turn`;

/**
 * Writes a batch: one statement, one transaction (P3). Positions are handed out in the order of `batch.events`.
 *
 * @returns the position of the last event.
 * @throws FencedError when another process owns one of the slots; then nothing was written.
 */
export async function commitBatch(db: Database, batch: BatchWrite): Promise<number> {
  try {
    const rows = await db.prepared<{ position: number }>('commit-batch', SQL, parameters(batch));
    const row = rows[0];
    if (!row) throw new Error('the events stream has no row in stream_positions');
    return row.position;
  } catch (error) {
    if ((error as { code?: string }).code === 'MY001') throw new FencedError('another process owns the slot');
    throw error;
  }
}

function parameters(batch: BatchWrite): unknown[] {
  const { events, rooms, stateGroups, currentState, memberships, relations, pushExceptions, redactions, aliases } =
    batch;
  const changes = memberships.filter((m) => m.local);
  const lastOfUser = [...new Map(memberships.map((m) => [`${m.roomNid} ${m.userId}`, m])).values()];
  const lastOfState = [...new Map(currentState.map((s) => [`${s.roomNid}\0${s.type}\0${s.stateKey}`, s])).values()];
  return [
    numberArray(batch.fences.map((f) => f.slot)),
    numberArray(batch.fences.map((f) => f.epoch)),
    batch.fences.length,
    events.length,
    numberArray(events.map((e) => e.eventNid)),
    numberArray(events.map((e) => e.roomNid)),
    textArray(events.map((e) => e.eventId)),
    textArray(events.map((e) => e.type)),
    textArray(events.map((e) => e.stateKey)),
    textArray(events.map((e) => e.sender)),
    numberArray(events.map((e) => e.depth)),
    numberArray(events.map((e) => e.originServerTs)),
    numberArray(events.map((e) => e.stateGroup)),
    numberArray(events.map((e) => e.stateGroupAfter)),
    textArray(events.map((e) => numberArray(e.prevNids))),
    textArray(events.map((e) => numberArray(e.authNids))),
    numberArray(events.map((e) => e.flags)),
    numberArray(events.map((e) => e.notify)),
    numberArray(events.map((e) => e.replacesNid)),
    textArray(events.map((e) => e.threadRoot)),
    textArray(events.map((e) => e.txnDevice)),
    textArray(events.map((e) => e.txnId)),
    textArray(events.map((e) => e.json)),
    numberArray(rooms.map((r) => r.roomNid)),
    textArray(rooms.map((r) => r.roomId)),
    textArray(rooms.map((r) => r.roomVersion)),
    textArray(rooms.map((r) => r.creator)),
    numberArray(rooms.map((r) => r.createdTs)),
    numberArray(rooms.map((r) => r.slot)),
    textArray(rooms.map((r) => numberArray(r.extremities))),
    numberArray(rooms.map((r) => r.stateGroup)),
    numberArray(rooms.map((r) => r.depth)),
    booleanArray(rooms.map((r) => r.isPublic)),
    numberArray(rooms.map((r) => r.lastIndex)),
    numberArray(stateGroups.map((g) => g.stateGroup)),
    numberArray(stateGroups.map((g) => g.roomNid)),
    numberArray(stateGroups.map((g) => g.base)),
    numberArray(stateGroups.map((g) => g.index)),
    textArray(stateGroups.map((g) => textArray(g.types))),
    textArray(stateGroups.map((g) => textArray(g.stateKeys))),
    textArray(stateGroups.map((g) => numberArray(g.eventNids))),
    numberArray(lastOfState.map((s) => s.roomNid)),
    textArray(lastOfState.map((s) => s.type)),
    textArray(lastOfState.map((s) => s.stateKey)),
    numberArray(lastOfState.map((s) => s.eventNid)),
    numberArray(lastOfUser.map((m) => m.roomNid)),
    textArray(lastOfUser.map((m) => m.userId)),
    textArray(lastOfUser.map((m) => m.membership)),
    numberArray(lastOfUser.map((m) => m.eventNid)),
    textArray(lastOfUser.map((m) => m.sender)),
    textArray(lastOfUser.map((m) => m.displayName)),
    textArray(lastOfUser.map((m) => m.avatarUrl)),
    booleanArray(lastOfUser.map((m) => m.local)),
    numberArray(lastOfUser.map((m) => m.index)),
    textArray(changes.map((m) => m.userId)),
    numberArray(changes.map((m) => m.index)),
    numberArray(changes.map((m) => m.roomNid)),
    numberArray(changes.map((m) => m.eventNid)),
    textArray(changes.map((m) => m.membership)),
    textArray(changes.map((m) => m.previous)),
    numberArray(relations.map((r) => r.eventNid)),
    numberArray(relations.map((r) => r.roomNid)),
    textArray(relations.map((r) => r.relatesTo)),
    textArray(relations.map((r) => r.relType)),
    textArray(relations.map((r) => r.key)),
    textArray(relations.map((r) => r.type)),
    textArray(relations.map((r) => r.sender)),
    textArray(pushExceptions.map((p) => p.userId)),
    numberArray(pushExceptions.map((p) => p.roomNid)),
    numberArray(pushExceptions.map((p) => p.index)),
    numberArray(pushExceptions.map((p) => p.notify)),
    textArray(pushExceptions.map((p) => p.threadRoot)),
    numberArray(redactions.map((r) => r.targetNid)),
    numberArray(redactions.map((r) => r.byNid)),
    textArray(aliases.map((a) => a.alias)),
    numberArray(aliases.map((a) => a.roomNid)),
    textArray(aliases.map((a) => a.creator)),
    numberArray(aliases.map((a) => a.ts)),
  ];
}
