import type { Queryable } from '../database.ts';

/** What a list of rooms is sorted and filtered by, and its entries show. */
export interface StoredRoomFacts {
  roomNid: number;
  /** Place of the room's last event in the events stream. */
  position: number;
  /** Type → JSON of the event, of the state that the facts are read from; redacted events are left out. */
  state: Record<string, string>;
}

/** Types whose state with an empty key makes a room's facts. */
export const FACT_TYPES = [
  'm.room.create',
  'm.room.encryption',
  'm.room.name',
  'm.room.avatar',
  'm.room.canonical_alias',
];

/** Facts of rooms. */
export async function getRoomFacts(db: Queryable, roomNids: number[]): Promise<StoredRoomFacts[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT r.room_nid AS "roomNid", r.position, coalesce((
       SELECT jsonb_object_agg(c.type, e.json) FROM current_state c JOIN events e ON e.event_nid = c.event_nid
       WHERE c.room_nid = r.room_nid AND c.state_key = '' AND c.type = ANY($2::text[])
         AND (e.redacted_by IS NULL OR c.type IN ('m.room.create', 'm.room.encryption'))), '{}') AS state
     FROM rooms r WHERE r.room_nid = ANY($1::bigint[])`,
    [roomNids, FACT_TYPES],
  );
}

/** Place of the newest event of some types in each room; rooms without one are left out. */
export async function getLastOfTypes(
  db: Queryable,
  roomNids: number[],
  types: readonly string[],
): Promise<Map<number, number>> {
  if (roomNids.length === 0) return new Map();
  const rows = await db.query<{ roomNid: number; position: number }>(
    `SELECT w.room_nid AS "roomNid", e.position FROM unnest($1::bigint[]) AS w(room_nid) CROSS JOIN LATERAL (
       SELECT t.position FROM events t WHERE t.room_nid = w.room_nid AND t.position > 0 AND t.flags = 0
         AND t.type = ANY($2::text[]) ORDER BY t.position DESC LIMIT 1) e`,
    [roomNids, types],
  );
  return new Map(rows.map((row) => [row.roomNid, row.position]));
}

/** Rooms that spaces list as their children, by numeric id of the space. */
export async function getSpaceChildren(db: Queryable, spaceNids: number[]): Promise<string[]> {
  if (spaceNids.length === 0) return [];
  const rows = await db.query<{ roomId: string }>(
    `SELECT c.state_key AS "roomId" FROM current_state c JOIN events e ON e.event_nid = c.event_nid
     WHERE c.room_nid = ANY($1::bigint[]) AND c.type = 'm.space.child' AND e.redacted_by IS NULL
       AND jsonb_typeof(e.json::jsonb #> '{content,via}') = 'array'`,
    [spaceNids],
  );
  return rows.map((row) => row.roomId);
}

/** Users who give a room its name for a reader, with their names and pictures. */
export interface HeroRow {
  roomNid: number;
  userId: string;
  displayName: string | null;
  avatarUrl: string | null;
}

/** Names and pictures of members, in the order of the pairs. */
export async function getHeroes(db: Queryable, pairs: [number, string][]): Promise<HeroRow[]> {
  if (pairs.length === 0) return [];
  return db.query(
    `SELECT m.room_nid AS "roomNid", m.user_id AS "userId", m.display_name AS "displayName", m.avatar_url AS "avatarUrl"
     FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS w(room_nid, user_id, place)
     JOIN memberships m ON m.room_nid = w.room_nid AND m.user_id = w.user_id ORDER BY w.place`,
    [pairs.map((p) => p[0]), pairs.map((p) => p[1])],
  );
}
