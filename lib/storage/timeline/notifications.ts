import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS } from '../events/read-events.ts';

/** An event that a user was notified of. */
export interface NotificationRow extends EventRow {
  /** 1 notify, 2 highlight. */
  outcome: number;
  /** A receipt of the user covers it. */
  read: boolean;
}

// The columns of `e` that decide: the outcome for this user is in push_exceptions where it is not the usual one.
const ORDINARY = `SELECT e.event_nid, e.position, e.notify AS outcome FROM events e
  WHERE e.room_nid = j.room_nid AND e.position > j.since AND e.position < $2 AND e.sender <> $1 AND e.flags = 0
    AND NOT EXISTS (SELECT 1 FROM push_exceptions x
      WHERE x.user_id = $1 AND x.room_nid = e.room_nid AND x.position = e.position)`;

/**
 * Events that a user was notified of since joining each room, newest first.
 * @param query.before only those before this place of the events stream.
 */
export async function getNotifications(
  db: Queryable,
  userId: string,
  query: { before: number | undefined; highlightsOnly: boolean; limit: number },
): Promise<NotificationRow[]> {
  const least = query.highlightsOnly ? 2 : 1;
  return db.query(
    `WITH joined AS (
       SELECT m.room_nid, coalesce((SELECT max(h.position) FROM membership_changes h
         WHERE h.user_id = $1 AND h.room_nid = m.room_nid AND h.membership = 'join'
           AND h.previous IS DISTINCT FROM 'join'), 0) AS since
       FROM memberships m WHERE m.user_id = $1 AND m.membership = 'join'),
     found AS (
       SELECT n.* FROM joined j CROSS JOIN LATERAL (
         ${ORDINARY} AND e.notify ${query.highlightsOnly ? '= 2' : '>= 1'} ORDER BY e.position DESC LIMIT $3) n
       UNION ALL
       (SELECT e.event_nid, e.position, x.notify FROM push_exceptions x JOIN joined j ON j.room_nid = x.room_nid
        JOIN events e ON e.position = x.position
        WHERE x.user_id = $1 AND x.notify >= ${least} AND x.position > j.since AND x.position < $2 AND e.flags = 0
        ORDER BY x.position DESC LIMIT $3)),
     page AS (SELECT * FROM found ORDER BY position DESC LIMIT $3)
     SELECT ${EVENT_COLUMNS}, n.outcome, EXISTS (SELECT 1 FROM receipts c WHERE c.room_nid = e.room_nid
         AND c.user_id = $1 AND c.receipt_type IN ('m.read', 'm.read.private') AND c.event_position >= e.position
         AND c.thread_id IN ('', coalesce(e.thread_root, 'main'))) AS read
     FROM page n JOIN events e ON e.event_nid = n.event_nid JOIN rooms r ON r.room_nid = e.room_nid
     LEFT JOIN events x ON x.event_nid = e.redacted_by LEFT JOIN events p ON p.event_nid = e.replaces_nid
     ORDER BY e.position DESC`,
    [userId, query.before ?? Number.MAX_SAFE_INTEGER, query.limit],
  );
}
