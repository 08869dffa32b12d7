import type { Queryable } from '../database.ts';
import { EVENT_PURGED, type EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS } from '../events/read-events.ts';
import { EVENT_JOINS } from './timelines.ts';

/** An event of a room's current state. */
export interface CurrentStateRow extends EventRow {
  /** Where the room's last event is in the events stream. */
  head: number;
}

/**
 * Current state of several rooms, whole events.
 * @param members user ids whose member events are wanted; null for all.
 */
export async function getCurrentState(
  db: Queryable,
  roomNids: number[],
  members: string[] | null,
): Promise<CurrentStateRow[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT ${EVENT_COLUMNS}, r.position AS head FROM (
       SELECT event_nid FROM current_state
       WHERE room_nid = ANY($1::bigint[]) AND ($2::text[] IS NULL OR type <> 'm.room.member')
       UNION ALL
       SELECT event_nid FROM current_state
       WHERE $2::text[] IS NOT NULL AND room_nid = ANY($1::bigint[]) AND type = 'm.room.member' AND state_key = ANY($2::text[])
     ) c JOIN events e ON e.event_nid = c.event_nid ${EVENT_JOINS}`,
    [roomNids, members],
  );
}

/** A change of state, as far as taking it back needs it. */
export interface StateStep {
  roomNid: number;
  type: string;
  stateKey: string;
  replacesNid: number | null;
}

/** Changes of the state of some rooms after a place in the events stream, newest first. */
export async function getStateStepsAfter(db: Queryable, roomNids: number[], position: number): Promise<StateStep[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT room_nid AS "roomNid", type, state_key AS "stateKey", replaces_nid AS "replacesNid" FROM events
     WHERE room_nid = ANY($1::bigint[]) AND position > $2 AND state_key IS NOT NULL
       AND (flags & ~${EVENT_PURGED}) = 0 ORDER BY position DESC`,
    [roomNids, position],
  );
}

/** State of several groups: `type\0state key` → numeric event id. */
export async function getStateOfGroups(
  db: Queryable,
  stateGroups: number[],
): Promise<Map<number, Map<string, number>>> {
  const states = new Map<number, Map<string, number>>(stateGroups.map((group) => [group, new Map()]));
  if (stateGroups.length === 0) return states;
  const links = await db.query<{ root: number; types: string[]; stateKeys: string[]; eventNids: number[] }>(
    `WITH RECURSIVE chain AS (
       SELECT g.state_group AS root, g.*, 0 AS step FROM state_groups g WHERE g.state_group = ANY($1::bigint[])
       UNION ALL
       SELECT c.root, g.*, c.step + 1 FROM state_groups g JOIN chain c ON g.state_group = c.base)
     SELECT root, types, state_keys AS "stateKeys", event_nids AS "eventNids" FROM chain ORDER BY root, step`,
    [[...states.keys()]],
  );
  for (const { root, types, stateKeys, eventNids } of links) {
    const state = states.get(root) as Map<string, number>;
    for (let i = 0; i < types.length; i++) {
      const key = `${types[i]}\0${stateKeys[i]}`;
      if (!state.has(key)) state.set(key, eventNids[i] as number);
    }
  }
  return states;
}

/** Of the given events those that are part of their rooms' current state. */
export async function getCurrentOf(db: Queryable, eventNids: number[]): Promise<Set<number>> {
  if (eventNids.length === 0) return new Set();
  const rows = await db.query<{ eventNid: number }>(
    `SELECT c.event_nid AS "eventNid" FROM events e
     JOIN current_state c ON c.room_nid = e.room_nid AND c.type = e.type AND c.state_key = e.state_key
     WHERE e.event_nid = ANY($1::bigint[]) AND c.event_nid = e.event_nid`,
    [eventNids],
  );
  return new Set(rows.map((row) => row.eventNid));
}

/** Current state events of some types with an empty state key, for previews of rooms. */
export async function getPreviewState(db: Queryable, roomNids: number[], types: string[]): Promise<EventRow[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM current_state c JOIN events e ON e.event_nid = c.event_nid ${EVENT_JOINS}
     WHERE c.room_nid = ANY($1::bigint[]) AND c.state_key = '' AND c.type = ANY($2::text[])`,
    [roomNids, types],
  );
}
