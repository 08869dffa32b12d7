import type { Queryable } from '../database.ts';

/** The head of a room's graph and what its owner needs to go on. */
export interface RoomHead {
  roomNid: number;
  roomId: string;
  roomVersion: string;
  creator: string;
  createdTs: number;
  slot: number;
  stateGroup: number;
  depth: number;
  isPublic: boolean;
  blockedBy: string | null;
  extremities: { eventNid: number; eventId: string; depth: number }[];
}

/** Loads the head of a room by its id. */
export async function getRoomHead(db: Queryable, roomId: string): Promise<RoomHead | undefined> {
  const [row] = await db.query<Omit<RoomHead, 'extremities'> & { extremities: number[] }>(
    `SELECT room_nid AS "roomNid", room_id AS "roomId", room_version AS "roomVersion", creator, created_ts AS "createdTs",
       slot, state_group AS "stateGroup", depth, is_public AS "isPublic", blocked_by AS "blockedBy", extremities
     FROM rooms WHERE room_id = $1`,
    [roomId],
  );
  if (!row) return undefined;
  const extremities = await db.query<{ eventNid: number; eventId: string; depth: number }>(
    `SELECT event_nid AS "eventNid", event_id AS "eventId", depth FROM events WHERE event_nid = ANY($1::bigint[])
     ORDER BY event_nid`,
    [row.extremities],
  );
  return { ...row, extremities };
}

/** A state event of the current state, as its room's owner keeps it. */
export interface StateEntryRow {
  type: string;
  stateKey: string;
  eventNid: number;
  eventId: string;
  json: string;
  redacted: boolean;
}

const STATE_ENTRY = `c.type, c.state_key AS "stateKey", e.event_nid AS "eventNid", e.event_id AS "eventId", e.json,
  e.redacted_by IS NOT NULL AS redacted`;

/** Current state events for the given (type, state key) pairs; absent ones are left out. */
export async function getStateEntries(
  db: Queryable,
  roomNid: number,
  keys: [string, string][],
): Promise<StateEntryRow[]> {
  return db.query(
    `SELECT ${STATE_ENTRY} FROM unnest($2::text[], $3::text[]) AS k(type, state_key)
     JOIN current_state c ON c.room_nid = $1 AND c.type = k.type AND c.state_key = k.state_key
     JOIN events e ON e.event_nid = c.event_nid`,
    [roomNid, keys.map((k) => k[0]), keys.map((k) => k[1])],
  );
}

/** A link of a state group's chain, from the group itself down to the first. */
export interface StateGroupLink {
  stateGroup: number;
  base: number | null;
  index: number;
  types: string[];
  stateKeys: string[];
  eventNids: number[];
}

/** The delta chain of a state group, newest first. An entry in an earlier link hides the same key in later ones. */
export async function getStateGroupChain(db: Queryable, stateGroup: number): Promise<StateGroupLink[]> {
  return db.query(
    `WITH RECURSIVE chain AS (
       SELECT g.*, 0 AS step FROM state_groups g WHERE g.state_group = $1
       UNION ALL
       SELECT g.*, c.step + 1 FROM state_groups g JOIN chain c ON g.state_group = c.base)
     SELECT state_group AS "stateGroup", base, index, types, state_keys AS "stateKeys", event_nids AS "eventNids"
     FROM chain ORDER BY step`,
    [stateGroup],
  );
}

/** State of a group: `type\0state key` → numeric event id. */
export async function getStateOfGroup(db: Queryable, stateGroup: number): Promise<Map<string, number>> {
  const state = new Map<string, number>();
  for (const link of await getStateGroupChain(db, stateGroup)) {
    for (let i = 0; i < link.types.length; i++) {
      const key = `${link.types[i]}\0${link.stateKeys[i]}`;
      if (!state.has(key)) state.set(key, link.eventNids[i] as number);
    }
  }
  return state;
}

/** Takes the next block of ids of a sequence with that increment. Returns its first id. */
export async function takeIdBlock(
  db: Queryable,
  sequence: 'event_nids' | 'state_group_ids' | 'room_nids',
): Promise<number> {
  const [row] = await db.query<{ first: number }>(`SELECT nextval($1::regclass) AS first`, [sequence]);
  return (row as { first: number }).first;
}
