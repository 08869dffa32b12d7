import type { Queryable } from '../database.ts';

/** Events of one sender in a room that are not redacted, state and redactions left out, the newest first. */
export async function getEventsOfSender(
  db: Queryable,
  page: { roomNid: number; sender: string; before: number; after: number | null; limit: number },
): Promise<{ eventId: string; position: number }[]> {
  return db.query(
    `SELECT event_id AS "eventId", position FROM events
     WHERE room_nid = $1 AND sender = $2 AND position < $3 AND flags = 0 AND redacted_by IS NULL
       AND (state_key IS NULL OR type = 'm.room.member') AND type <> 'm.room.redaction'
       AND ($4::bigint IS NULL OR origin_server_ts >= $4)
     ORDER BY position DESC LIMIT $5`,
    [page.roomNid, page.sender, page.before, page.after, page.limit],
  );
}
