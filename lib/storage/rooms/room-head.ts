import type { Queryable } from '../database.ts';
import { CHAIN_END, type ChainEnd } from '../state/chains.ts';
import { getEntriesOfWholeGroup } from '../state/groups.ts';

/** A forward extremity. */
export interface Extremity {
  eventNid: number;
  eventId: string;
  depth: number;
  /** The state after it. */
  stateGroup: number;
  /** Reference hash, in the room versions where events name it (1 and 2), as far as its owner knows it. */
  hash?: string;
}

/** The head of a room's graph and what its owner needs to go on. */
export interface RoomHead {
  roomNid: number;
  roomId: string;
  roomVersion: string;
  creator: string;
  createdTs: number;
  slot: number;
  /** The current state: what the states after all extremities resolve to. */
  stateGroup: number;
  depth: number;
  isPublic: boolean;
  blockedBy: string | null;
  extremities: Extremity[];
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
  const extremities = await db.query<Extremity>(
    `SELECT event_nid AS "eventNid", event_id AS "eventId", depth,
       coalesce(state_group_after, state_group, 0) AS "stateGroup"
     FROM events WHERE event_nid = ANY($1::bigint[]) ORDER BY event_nid`,
    [row.extremities],
  );
  return { ...row, extremities };
}

/** A state event of the current state, as its room's owner keeps it. */
export interface StateEntryRow extends ChainEnd {
  type: string;
  stateKey: string;
  eventId: string;
  json: string;
  redacted: boolean;
}

/** Current state events for the given (type, state key) pairs; absent ones are left out. */
export async function getStateEntries(
  db: Queryable,
  roomNid: number,
  keys: [string, string][],
): Promise<StateEntryRow[]> {
  return db.query(
    `SELECT c.type, c.state_key AS "stateKey", e.event_nid AS "eventNid", e.event_id AS "eventId", e.json,
       e.redacted_by IS NOT NULL AS redacted, ${CHAIN_END}
     FROM unnest($2::text[], $3::text[]) AS k(type, state_key)
     JOIN current_state c ON c.room_nid = $1 AND c.type = k.type AND c.state_key = k.state_key
     JOIN events e ON e.event_nid = c.event_nid LEFT JOIN event_chains h ON h.event_nid = e.event_nid`,
    [roomNid, keys.map((k) => k[0]), keys.map((k) => k[1])],
  );
}

/** A link of a state group's chain, from the group itself down to the first. Content that wasn't asked for is null. */
export interface StateGroupLink {
  stateGroup: number;
  base: number | null;
  index: number;
  types: string[] | null;
  stateKeys: string[] | null;
  eventNids: number[] | null;
}

/**
 * The delta chain of a state group, newest first, with the content of those links whose index is in the same block of
 * `block` as the newest. One query.
 */
export async function getStateChain(db: Queryable, stateGroup: number, block: number): Promise<StateGroupLink[]> {
  return db.query(
    `WITH RECURSIVE chain AS (
       SELECT g.*, 0 AS step, g.index - g.index % $2::bigint AS anchor FROM state_groups g WHERE g.state_group = $1
       UNION ALL
       SELECT g.*, c.step + 1, c.anchor FROM state_groups g JOIN chain c ON g.state_group = c.base)
     SELECT state_group AS "stateGroup", base, index, CASE WHEN index > anchor THEN types END AS types,
       CASE WHEN index > anchor THEN state_keys END AS "stateKeys", CASE WHEN index > anchor THEN event_nids END AS "eventNids"
     FROM chain ORDER BY step`,
    [stateGroup, block],
  );
}

/** The links of a chain above an index, newest first, with their content. One query. */
export async function getStateChainAfter(db: Queryable, stateGroup: number, index: number): Promise<StateGroupLink[]> {
  return db.query(
    `WITH RECURSIVE chain AS (
       SELECT g.*, 0 AS step FROM state_groups g WHERE g.state_group = $1
       UNION ALL
       SELECT g.*, c.step + 1 FROM state_groups g JOIN chain c ON g.state_group = c.base WHERE c.index > $2)
     SELECT state_group AS "stateGroup", base, index, types, state_keys AS "stateKeys", event_nids AS "eventNids"
     FROM chain WHERE index > $2 ORDER BY step`,
    [stateGroup, index],
  );
}

/** State of a group: `type\0state key` → numeric event id. */
export async function getStateOfGroup(db: Queryable, stateGroup: number): Promise<Map<string, number>> {
  const entries = await getEntriesOfWholeGroup(db, stateGroup);
  return new Map(entries.map((entry) => [`${entry.type}\0${entry.stateKey}`, entry.eventNid]));
}

/** Takes the next block of ids of a sequence with that increment. Returns its first id. */
export async function takeIdBlock(
  db: Queryable,
  sequence: 'event_nids' | 'state_group_ids' | 'room_nids',
): Promise<number> {
  const [row] = await db.query<{ first: number }>(`SELECT nextval($1::regclass) AS first`, [sequence]);
  return (row as { first: number }).first;
}
