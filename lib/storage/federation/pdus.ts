import type { Queryable } from '../database.ts';
import { EVENT_OUTLIER } from '../events/event-row.ts';

/** An event as other servers get it, and what decides whether they do. */
export interface PduRow {
  eventNid: number;
  eventId: string;
  roomNid: number;
  type: string;
  stateKey: string | null;
  sender: string;
  depth: number;
  originServerTs: number;
  flags: number;
  /** State before the event. */
  stateGroup: number | null;
  /** A redaction took effect. */
  redacted: boolean;
  /** The PDU as it came. */
  json: string;
}

const COLUMNS = `e.event_nid AS "eventNid", e.event_id AS "eventId", e.room_nid AS "roomNid", e.type,
  e.state_key AS "stateKey", e.sender, e.depth, e.origin_server_ts AS "originServerTs", e.flags,
  e.state_group AS "stateGroup", e.redacted_by IS NOT NULL AS redacted, e.json`;

/** Events by numeric id, in no order. One query. */
export async function getPdus(db: Queryable, eventNids: number[]): Promise<PduRow[]> {
  if (eventNids.length === 0) return [];
  return db.query(`SELECT ${COLUMNS} FROM events e WHERE e.event_nid = ANY($1::bigint[])`, [eventNids]);
}

/** Events by id, in no order; unknown ids are left out. One query. */
export async function getPdusById(db: Queryable, eventIds: string[]): Promise<PduRow[]> {
  const ids = eventIds.filter((id) => !id.includes('\0'));
  if (ids.length === 0) return [];
  return db.query(`SELECT ${COLUMNS} FROM events e WHERE e.event_id = ANY($1::text[])`, [ids]);
}

/**
 * Which of the events of a room are stored.
 * @param placed only those that have a place in the room's history
 */
export async function getKnownEventIds(
  db: Queryable,
  roomNid: number,
  eventIds: string[],
  { placed }: { placed: boolean },
): Promise<Set<string>> {
  if (eventIds.length === 0) return new Set();
  const rows = await db.query<{ eventId: string }>(
    `SELECT event_id AS "eventId" FROM events
     WHERE event_id = ANY($1::text[]) AND room_nid = $2 AND (NOT $3 OR flags & ${EVENT_OUTLIER} = 0)`,
    [eventIds, roomNid, placed],
  );
  return new Set(rows.map((row) => row.eventId));
}

/** Which of the events are of that type and state key. */
export async function getIdsOfKey(
  db: Queryable,
  eventIds: string[],
  type: string,
  stateKey: string,
): Promise<Set<string>> {
  const rows = await db.query<{ eventId: string }>(
    'SELECT event_id AS "eventId" FROM events WHERE event_id = ANY($1::text[]) AND type = $2 AND state_key = $3',
    [eventIds, type, stateKey],
  );
  return new Set(rows.map((row) => row.eventId));
}

/** Event ids by numeric id. */
export async function getEventIds(db: Queryable, eventNids: number[]): Promise<Map<number, string>> {
  if (eventNids.length === 0) return new Map();
  const rows = await db.query<{ eventNid: number; eventId: string }>(
    'SELECT event_nid AS "eventNid", event_id AS "eventId" FROM events WHERE event_nid = ANY($1::bigint[])',
    [eventNids],
  );
  return new Map(rows.map((row) => [row.eventNid, row.eventId]));
}

/**
 * Events of a room from which the given ones follow, these included, nearest first: at most `limit`. Nothing on the way
 * from `stopAt`, nor what lies only behind it.
 */
export async function getAncestors(
  db: Queryable,
  walk: { roomNid: number; from: number[]; stopAt: number[]; minDepth: number; limit: number },
): Promise<number[]> {
  if (walk.from.length === 0) return [];
  // Rows come level by level, and no more of them are made than are taken.
  const rows = await db.query<{ eventNid: number }>(
    `WITH RECURSIVE walk(event_nid) AS (
       SELECT DISTINCT nid FROM unnest($1::bigint[]) AS f(nid)
       UNION
       SELECT p.event_nid FROM walk w JOIN events e ON e.event_nid = w.event_nid
       CROSS JOIN LATERAL (
         SELECT unnest(e.prev_nids) UNION ALL SELECT l.prev_nid FROM late_edges l WHERE l.event_nid = e.event_nid
       ) AS b(nid)
       JOIN events p ON p.event_nid = b.nid
       WHERE p.room_nid = $2 AND p.event_nid <> ALL($3::bigint[]) AND p.depth >= $4)
     SELECT event_nid AS "eventNid" FROM walk LIMIT $5`,
    [walk.from, walk.roomNid, walk.stopAt, walk.minDepth, walk.limit],
  );
  return rows.map((row) => row.eventNid);
}

/** Numeric ids of the auth events of events, of the auth events of those, and so on, each once. One query. */
export async function getAuthChain(db: Queryable, eventNids: number[]): Promise<number[]> {
  if (eventNids.length === 0) return [];
  const rows = await db.query<{ nid: number }>(
    `WITH RECURSIVE chain(nid) AS (
       SELECT DISTINCT a.nid FROM events e CROSS JOIN LATERAL unnest(e.auth_nids) AS a(nid)
       WHERE e.event_nid = ANY($1::bigint[])
       UNION
       SELECT a.nid FROM chain c JOIN events e ON e.event_nid = c.nid CROSS JOIN LATERAL unnest(e.auth_nids) AS a(nid))
     SELECT nid FROM chain`,
    [eventNids],
  );
  return rows.map((row) => row.nid);
}

/** The room id of a room. */
export async function getRoomIdOf(db: Queryable, roomNid: number): Promise<string> {
  const [row] = await db.query<{ roomId: string }>('SELECT room_id AS "roomId" FROM rooms WHERE room_nid = $1', [
    roomNid,
  ]);
  return (row as { roomId: string }).roomId;
}
