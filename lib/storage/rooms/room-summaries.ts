import { booleanArray, numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** What directories and previews say of a room. */
export interface RoomSummaryRow {
  roomNid: number;
  roomId: string;
  roomVersion: string;
  /** The current state that the rest was made from. */
  stateGroup: number;
  /** Numeric ids of the state events that it was made from. */
  sources: number[];
  joinedMembers: number;
  name: string | null;
  topic: string | null;
  avatarUrl: string | null;
  canonicalAlias: string | null;
  joinRule: string;
  historyVisibility: string;
  guestCanJoin: boolean;
  roomType: string | null;
  encryption: string | null;
  /** Room ids in the conditions of a restricted join rule. */
  allowedRoomIds: string[];
}

const COLUMNS = `s.room_nid AS "roomNid", r.room_id AS "roomId", r.room_version AS "roomVersion",
  s.state_group AS "stateGroup", s.sources, s.joined_members AS "joinedMembers", s.name, s.topic,
  s.avatar_url AS "avatarUrl", s.canonical_alias AS "canonicalAlias", s.join_rule AS "joinRule",
  s.history_visibility AS "historyVisibility", s.guest_can_join AS "guestCanJoin", s.room_type AS "roomType",
  s.encryption, s.allowed_room_ids AS "allowedRoomIds"`;

/** A state event that a summary is made of, with its room. `type` is null for a room that has none of them. */
export interface SummarySource {
  roomNid: number;
  roomId: string;
  roomVersion: string;
  stateGroup: number;
  joinedMembers: number;
  type: string | null;
  eventNid: number;
  json: string;
  redacted: boolean;
}

/** State events of these types (with an empty state key) of some rooms, and what else a summary counts. */
export async function getSummarySources(db: Queryable, roomNids: number[], types: string[]): Promise<SummarySource[]> {
  return db.query(
    `SELECT r.room_nid AS "roomNid", r.room_id AS "roomId", r.room_version AS "roomVersion",
       r.state_group AS "stateGroup", j.count AS "joinedMembers", c.type, e.event_nid AS "eventNid", e.json,
       e.redacted_by IS NOT NULL AS redacted
     FROM rooms r
     CROSS JOIN LATERAL (SELECT count(*) AS count FROM memberships m
       WHERE m.room_nid = r.room_nid AND m.membership = 'join') j
     LEFT JOIN current_state c ON c.room_nid = r.room_nid AND c.type = ANY($2::text[]) AND c.state_key = ''
     LEFT JOIN events e ON e.event_nid = c.event_nid
     WHERE r.room_nid = ANY($1::bigint[])`,
    [roomNids, types],
  );
}

/** Stores summaries. One that another made of older state is found out of date by its state group later. */
export async function putSummaries(db: Queryable, rows: RoomSummaryRow[]): Promise<void> {
  if (rows.length === 0) return;
  // Everybody locks in the same order.
  const sorted = [...rows].sort((a, b) => a.roomNid - b.roomNid);
  await db.query(
    `INSERT INTO room_summaries (room_nid, state_group, sources, joined_members, name, topic, avatar_url,
       canonical_alias, join_rule, history_visibility, guest_can_join, room_type, encryption, allowed_room_ids)
     SELECT n.room_nid, n.state_group, n.sources::bigint[], n.joined_members, n.name, n.topic, n.avatar_url,
       n.canonical_alias, n.join_rule, n.history_visibility, n.guest_can_join, n.room_type, n.encryption,
       n.allowed_room_ids::text[]
     FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::text[], $10::text[], $11::boolean[], $12::text[], $13::text[], $14::text[])
       AS n(room_nid, state_group, sources, joined_members, name, topic, avatar_url, canonical_alias, join_rule,
         history_visibility, guest_can_join, room_type, encryption, allowed_room_ids)
     ON CONFLICT (room_nid) DO UPDATE SET state_group = EXCLUDED.state_group, sources = EXCLUDED.sources,
       joined_members = EXCLUDED.joined_members, name = EXCLUDED.name, topic = EXCLUDED.topic,
       avatar_url = EXCLUDED.avatar_url, canonical_alias = EXCLUDED.canonical_alias, join_rule = EXCLUDED.join_rule,
       history_visibility = EXCLUDED.history_visibility, guest_can_join = EXCLUDED.guest_can_join,
       room_type = EXCLUDED.room_type, encryption = EXCLUDED.encryption, allowed_room_ids = EXCLUDED.allowed_room_ids`,
    [
      numberArray(sorted.map((r) => r.roomNid)),
      numberArray(sorted.map((r) => r.stateGroup)),
      textArray(sorted.map((r) => numberArray(r.sources))),
      numberArray(sorted.map((r) => r.joinedMembers)),
      textArray(sorted.map((r) => r.name)),
      textArray(sorted.map((r) => r.topic)),
      textArray(sorted.map((r) => r.avatarUrl)),
      textArray(sorted.map((r) => r.canonicalAlias)),
      textArray(sorted.map((r) => r.joinRule)),
      textArray(sorted.map((r) => r.historyVisibility)),
      booleanArray(sorted.map((r) => r.guestCanJoin)),
      textArray(sorted.map((r) => r.roomType)),
      textArray(sorted.map((r) => r.encryption)),
      textArray(sorted.map((r) => textArray(r.allowedRoomIds))),
    ],
  );
}

/** Stored summaries of some rooms that are up to date; the others are left out. */
export async function getFreshSummaries(db: Queryable, roomNids: number[]): Promise<RoomSummaryRow[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM room_summaries s JOIN rooms r ON r.room_nid = s.room_nid AND r.state_group = s.state_group
     WHERE s.room_nid = ANY($1::bigint[]) AND NOT EXISTS
       (SELECT 1 FROM events e WHERE e.event_nid = ANY(s.sources) AND e.redacted_by IS NOT NULL)`,
    [roomNids],
  );
}

/** Listed rooms whose summary is missing or of other state than today's. */
export async function getListedRoomsToSummarise(db: Queryable): Promise<number[]> {
  const rows = await db.query<{ roomNid: number }>(
    `SELECT r.room_nid AS "roomNid" FROM rooms r LEFT JOIN room_summaries s ON s.room_nid = r.room_nid
     WHERE r.is_public AND s.state_group IS DISTINCT FROM r.state_group ORDER BY r.room_nid`,
  );
  return rows.map((row) => row.roomNid);
}

/** Which of these rooms have a summary of which a source has been redacted since. */
export async function getOutdatedByRedaction(db: Queryable, roomNids: number[]): Promise<number[]> {
  const rows = await db.query<{ roomNid: number }>(
    `SELECT DISTINCT s.room_nid AS "roomNid" FROM room_summaries s
     JOIN events e ON e.event_nid = ANY(s.sources) AND e.redacted_by IS NOT NULL
     WHERE s.room_nid = ANY($1::bigint[])`,
    [roomNids],
  );
  return rows.map((row) => row.roomNid);
}

/** Which part of the directory is asked for. */
export interface ListingQuery {
  /** Text that name, topic or canonical alias must hold, whatever the case. */
  search: string | null;
  /** Room types to list; null lists all. `null` in the list stands for rooms without a type. */
  roomTypes: (string | null)[] | null;
  /** Rooms on this side of a room, which is given by its sort key; null starts at the top. */
  from: { direction: 'after' | 'before'; joinedMembers: number; roomId: string } | null;
  limit: number;
}

// Rooms that nobody can enter or look into are not listed, whatever their flag says.
const LISTED = `r.is_public AND r.blocked_by IS NULL AND s.joined_members > 0
  AND (s.join_rule IN ('public', 'knock', 'restricted', 'knock_restricted') OR s.history_visibility = 'world_readable')`;

/** A page of the directory, rooms with most members first. `before` gives the rooms just before, in the same order. */
export async function getListing(db: Queryable, query: ListingQuery): Promise<RoomSummaryRow[]> {
  const back = query.from?.direction === 'before';
  const types = query.roomTypes?.filter((type) => type !== null) ?? null;
  const rows = await db.query<RoomSummaryRow>(
    `SELECT ${COLUMNS} FROM rooms r JOIN room_summaries s ON s.room_nid = r.room_nid
     WHERE ${LISTED}
       AND ($1::text IS NULL OR strpos(lower(concat_ws(E'\\n', s.name, s.topic, s.canonical_alias)), lower($1)) > 0)
       AND ($2::text[] IS NULL OR s.room_type = ANY($2) OR ($3 AND s.room_type IS NULL))
       AND ($4::bigint IS NULL OR ${
         back
           ? 's.joined_members > $4 OR (s.joined_members = $4 AND r.room_id < $5)'
           : 's.joined_members < $4 OR (s.joined_members = $4 AND r.room_id > $5)'
       })
     ORDER BY ${back ? 's.joined_members, r.room_id DESC' : 's.joined_members DESC, r.room_id'} LIMIT $6`,
    [
      query.search,
      types,
      query.roomTypes?.includes(null) ?? false,
      query.from?.joinedMembers ?? null,
      query.from?.roomId ?? '',
      query.limit,
    ],
  );
  return back ? rows.reverse() : rows;
}

/** How many rooms the directory lists. */
export async function countListed(db: Queryable): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `SELECT count(*) AS count FROM rooms r JOIN room_summaries s ON s.room_nid = r.room_nid WHERE ${LISTED}`,
  );
  return row?.count ?? 0;
}
