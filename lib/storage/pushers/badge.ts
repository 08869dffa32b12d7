import type { Queryable } from '../database.ts';

// A place is read when a receipt of its thread, or of its main timeline, is at or behind it.
const unreadAt = (place: string): string => `${place}.position > coalesce((SELECT max(c.event_position) FROM receipts c
  WHERE c.room_nid = ${place}.room_nid AND c.user_id = $1 AND c.receipt_type IN ('m.read', 'm.read.private')
  AND c.thread_id = coalesce(${place}.thread_root, 'main')), 0)`;

/** In how many rooms a user has unread notifications; an invite that waits for an answer is one. */
export async function countUnreadRooms(db: Queryable, userId: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `WITH joined AS (
       SELECT m.room_nid, greatest(
         coalesce((SELECT max(c.event_position) FROM receipts c WHERE c.room_nid = m.room_nid AND c.user_id = $1
           AND c.receipt_type IN ('m.read', 'm.read.private') AND c.thread_id = ''), 0),
         coalesce((SELECT max(h.position) FROM membership_changes h WHERE h.room_nid = m.room_nid AND h.user_id = $1
           AND h.membership = 'join' AND h.previous IS DISTINCT FROM 'join'), 0)) AS since
       FROM memberships m WHERE m.user_id = $1 AND m.membership = 'join'
     ) SELECT (SELECT count(*) FROM joined j WHERE EXISTS (
         SELECT 1 FROM events e WHERE e.room_nid = j.room_nid AND e.position > j.since AND e.notify > 0 AND e.sender <> $1
           AND e.flags = 0 AND NOT EXISTS (SELECT 1 FROM push_exceptions x
             WHERE x.user_id = $1 AND x.room_nid = e.room_nid AND x.position = e.position)
           AND ${unreadAt('e')})
       OR EXISTS (
         SELECT 1 FROM push_exceptions x WHERE x.user_id = $1 AND x.room_nid = j.room_nid AND x.position > j.since
           AND x.notify > 0 AND ${unreadAt('x')}))
       + (SELECT count(*) FROM memberships WHERE user_id = $1 AND membership = 'invite') AS count`,
    [userId],
  );
  return row?.count ?? 0;
}
