import type { Queryable } from '../database.ts';

/** Unread notifications, and how many of them are highlights. */
export interface Counts {
  notify: number;
  highlight: number;
}

/** What a user has not read of a room. Threads are named by their root's event id, the main timeline `main`. */
export interface UnreadState {
  /** Everything up to this place in the events stream is read: the unthreaded receipt, or where the user joined. */
  readTo: number;
  /** Further places by thread: its receipt, or the user's own last event in it. */
  threadsReadTo: Map<string, number>;
  counts: Map<string, Counts>;
}

/** A room of which the unread counts are wanted. */
export interface UnreadRoom {
  roomNid: number;
  /** Where the user came into the room, in the events stream. */
  joinedAt: number;
}

/** Nobody who has more than this to read cares how much it is. */
const MOST_COUNTED = 10_000;

/**
 * What a user has not read of rooms, as of a place in the events stream. Every event after the newest receipt that covers
 * it, after the user's own last one in its thread and after joining counts by the outcome of the push rules at the time
 * of sending (client-server API, receiving notifications), unless it was redacted or its sender is ignored.
 */
export async function getUnread(
  db: Queryable,
  userId: string,
  rooms: UnreadRoom[],
  position: number,
  ignored: string[],
): Promise<Map<number, UnreadState>> {
  const states = new Map<number, UnreadState>(
    rooms.map(({ roomNid, joinedAt }) => [roomNid, { readTo: joinedAt, threadsReadTo: new Map(), counts: new Map() }]),
  );
  if (rooms.length === 0) return states;
  const rows = await db.query<{
    roomNid: number;
    thread: string | null;
    readTo: number | null;
    notify: number;
    highlight: number;
  }>(
    `WITH own AS (
       SELECT c.room_nid, c.thread_id, max(c.event_position) AS position FROM receipts c
       WHERE c.user_id = $1 AND c.room_nid = ANY($2::bigint[]) AND c.receipt_type IN ('m.read', 'm.read.private')
         AND c.event_position IS NOT NULL
       GROUP BY c.room_nid, c.thread_id
     ), start AS (
       SELECT w.room_nid, greatest(w.joined, o.position) AS position
       FROM unnest($2::bigint[], $3::bigint[]) AS w(room_nid, joined)
       LEFT JOIN own o ON o.room_nid = w.room_nid AND o.thread_id = ''
     ), recent AS (
       SELECT e.* FROM start s CROSS JOIN LATERAL (
         SELECT t.room_nid, t.position, t.sender, coalesce(t.thread_root, 'main') AS thread, coalesce(x.notify, t.notify) AS notify,
           t.notify AS usual
         FROM events t
         LEFT JOIN push_exceptions x ON x.user_id = $1 AND x.room_nid = t.room_nid AND x.position = t.position
         WHERE t.room_nid = s.room_nid AND t.position > s.position AND t.position <= $4 AND t.flags = 0
           AND t.redacted_by IS NULL AND (t.notify > 0 OR x.notify > 0)
         ORDER BY t.position DESC LIMIT ${MOST_COUNTED}) e
     ), threads AS (
       SELECT room_nid, thread, max(position) AS position FROM (
         SELECT room_nid, thread_id AS thread, position FROM own WHERE thread_id <> ''
         UNION ALL
         SELECT room_nid, thread, position FROM recent WHERE sender = $1 AND usual > 0) p
       GROUP BY room_nid, thread
     )
     SELECT r.room_nid AS "roomNid", r.thread, NULL::bigint AS "readTo", count(*) AS notify,
       count(*) FILTER (WHERE r.notify = 2) AS highlight
     FROM recent r LEFT JOIN threads t ON t.room_nid = r.room_nid AND t.thread = r.thread
     WHERE r.notify > 0 AND r.sender <> $1 AND r.sender <> ALL($5::text[]) AND r.position > coalesce(t.position, 0)
     GROUP BY r.room_nid, r.thread
     UNION ALL SELECT room_nid, NULL, position, 0, 0 FROM start
     UNION ALL SELECT room_nid, thread, position, 0, 0 FROM threads`,
    [userId, rooms.map((r) => r.roomNid), rooms.map((r) => r.joinedAt), position, ignored],
  );
  for (const { roomNid, thread, readTo, notify, highlight } of rows) {
    const state = states.get(roomNid) as UnreadState;
    if (readTo === null) state.counts.set(thread as string, { notify, highlight });
    else if (thread === null) state.readTo = readTo;
    else state.threadsReadTo.set(thread, readTo);
  }
  return states;
}
