import type { Queryable } from '../database.ts';

/** An event whose children are summed up. */
export interface AggregationTarget {
  eventId: string;
  roomNid: number;
  sender: string;
  type: string;
  /** A redacted event has no replacements. */
  redacted: boolean;
  /** Children after this place of the events stream don't count; null: all do. */
  until: number | null;
}

/** Children of one kind of an event. */
export interface AggregationRow {
  target: string;
  relType: 'm.replace' | 'm.thread' | 'm.reference';
  /** The latest replacement, or the latest event of the thread. */
  latestNid: number | null;
  /** Of a thread: its events. */
  count: number;
  /** Of a thread: whether the user has sent one of them. */
  participated: boolean;
  /** Of references: ids of the events that refer to the target, oldest first. */
  eventIds: string[] | null;
}

const END = '9223372036854775807';

/** Which of these events have children that are aggregated. Touches only an index. */
export async function getAggregatedTargets(db: Queryable, eventIds: string[]): Promise<string[]> {
  if (eventIds.length === 0) return [];
  const rows = await db.query<{ eventId: string }>(
    `SELECT t.event_id AS "eventId" FROM unnest($1::text[]) AS t(event_id)
     WHERE EXISTS (SELECT 1 FROM event_relations l WHERE l.relates_to = t.event_id
       AND l.rel_type IN ('m.replace', 'm.thread', 'm.reference'))`,
    [eventIds],
  );
  return rows.map((row) => row.eventId);
}

/** Sums up the children of events for one user. One query. */
export async function getAggregations(
  db: Queryable,
  targets: AggregationTarget[],
  user: { userId: string; ignored: string[] },
): Promise<AggregationRow[]> {
  if (targets.length === 0) return [];
  return db.query(
    `WITH t AS (
       SELECT event_id, room_nid, sender, type, redacted, coalesce(until, ${END}) AS until
       FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::bigint[])
         AS t(event_id, room_nid, sender, type, redacted, until))
     SELECT t.event_id AS target, 'm.replace' AS "relType", c.event_nid AS "latestNid", 1 AS count,
       false AS participated, NULL::text[] AS "eventIds"
     FROM t CROSS JOIN LATERAL (
       SELECT e.event_nid FROM event_relations l JOIN events e ON e.event_nid = l.event_nid
       WHERE l.relates_to = t.event_id AND l.rel_type = 'm.replace' AND l.room_nid = t.room_nid AND l.sender = t.sender
         AND l.type = t.type AND e.state_key IS NULL AND e.redacted_by IS NULL AND e.flags = 0 AND e.position <= t.until
         AND (l.type = 'm.room.encrypted' OR e.json LIKE '%"m.new_content":{%')
       ORDER BY e.origin_server_ts DESC, e.event_id DESC LIMIT 1) c
     WHERE NOT t.redacted
     UNION ALL
     SELECT t.event_id, 'm.thread', c.latest, c.count, c.participated, NULL
     FROM t CROSS JOIN LATERAL (
       SELECT count(*) AS count, bool_or(e.sender = $7) AS participated,
         (array_agg(e.event_nid ORDER BY e.depth DESC, e.position DESC))[1] AS latest
       FROM event_relations l JOIN events e ON e.event_nid = l.event_nid
       WHERE l.relates_to = t.event_id AND l.rel_type = 'm.thread' AND l.room_nid = t.room_nid
         AND l.sender <> ALL($8::text[]) AND e.redacted_by IS NULL AND e.flags = 0 AND e.position <= t.until) c
     WHERE c.count > 0
     UNION ALL
     SELECT t.event_id, 'm.reference', NULL, cardinality(c.ids), false, c.ids
     FROM t CROSS JOIN LATERAL (
       SELECT array_agg(e.event_id ORDER BY e.depth, e.position) AS ids
       FROM event_relations l JOIN events e ON e.event_nid = l.event_nid
       WHERE l.relates_to = t.event_id AND l.rel_type = 'm.reference' AND l.room_nid = t.room_nid
         AND l.sender <> ALL($8::text[]) AND e.redacted_by IS NULL AND e.flags = 0 AND e.position <= t.until) c
     WHERE c.ids IS NOT NULL`,
    [
      targets.map((t) => t.eventId),
      targets.map((t) => t.roomNid),
      targets.map((t) => t.sender),
      targets.map((t) => t.type),
      targets.map((t) => t.redacted),
      targets.map((t) => t.until),
      user.userId,
      user.ignored,
    ],
  );
}
