import type { Queryable } from '../database.ts';

/** Unread notifications, and how many of them are highlights. */
export interface Counts {
  notify: number;
  highlight: number;
}

/** Unread counts of a room: its main timeline, and each thread by its root's event id. */
export interface UnreadCounts {
  main: Counts;
  threads: Map<string, Counts>;
}

/**
 * Unread counts of a user in rooms that the user is in. Everything after the newest receipt that covers an event (the
 * unthreaded one, or its thread's) and after joining counts by the outcome of the push rules at the time of sending.
 */
export async function getUnreadCounts(
  db: Queryable,
  userId: string,
  roomNids: number[],
): Promise<Map<number, UnreadCounts>> {
  const rows = await db.query<{ roomNid: number; thread: string | null; notify: number; highlight: number }>(
    `WITH start AS (
       SELECT w.room_nid, greatest(
         coalesce((SELECT max(c.event_position) FROM receipts c WHERE c.room_nid = w.room_nid AND c.user_id = $1
           AND c.receipt_type IN ('m.read', 'm.read.private') AND c.thread_id = ''), 0),
         coalesce((SELECT max(h.position) FROM membership_changes h WHERE h.room_nid = w.room_nid AND h.user_id = $1
           AND h.membership = 'join' AND h.previous IS DISTINCT FROM 'join'), 0)) AS position
       FROM unnest($2::bigint[]) AS w(room_nid)
     ), unread AS (
       SELECT e.room_nid, e.position, e.notify, e.thread_root FROM start s
       JOIN events e ON e.room_nid = s.room_nid AND e.position > s.position AND e.notify > 0 AND e.sender <> $1 AND e.flags = 0
       WHERE NOT EXISTS (SELECT 1 FROM push_exceptions x WHERE x.user_id = $1 AND x.room_nid = e.room_nid AND x.position = e.position)
       UNION ALL
       SELECT x.room_nid, x.position, x.notify, x.thread_root FROM start s
       JOIN push_exceptions x ON x.user_id = $1 AND x.room_nid = s.room_nid AND x.position > s.position AND x.notify > 0
     )
     SELECT u.room_nid AS "roomNid", u.thread_root AS thread, count(*) AS notify, count(*) FILTER (WHERE u.notify = 2) AS highlight
     FROM unread u
     WHERE u.position > coalesce((SELECT max(c.event_position) FROM receipts c WHERE c.room_nid = u.room_nid AND c.user_id = $1
       AND c.receipt_type IN ('m.read', 'm.read.private') AND c.thread_id = coalesce(u.thread_root, 'main')), 0)
     GROUP BY u.room_nid, u.thread_root`,
    [userId, roomNids],
  );
  const counts = new Map<number, UnreadCounts>(
    roomNids.map((roomNid) => [roomNid, { main: { notify: 0, highlight: 0 }, threads: new Map() }]),
  );
  for (const { roomNid, thread, notify, highlight } of rows) {
    const room = counts.get(roomNid) as UnreadCounts;
    if (thread === null) room.main = { notify, highlight };
    else room.threads.set(thread, { notify, highlight });
  }
  return counts;
}
