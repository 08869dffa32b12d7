import type { Queryable } from '../database.ts';

/**
 * Stands in `txn_device` where a command came from another process without a transaction of its own; `txn_id` is then
 * the command's id. No device has an empty id.
 */
export const DELIVERY_DEVICE = '';

/** Events of a room that commands with these ids have made. */
export async function getDeliveredEvents(
  db: Queryable,
  key: { roomNid: number; sender: string; ids: string[] },
): Promise<{ id: string; eventId: string; position: number }[]> {
  return db.query(
    `SELECT txn_id AS id, event_id AS "eventId", position FROM events
     WHERE room_nid = $1 AND sender = $2 AND txn_device = '${DELIVERY_DEVICE}' AND txn_id = ANY($3::text[])`,
    [key.roomNid, key.sender, key.ids],
  );
}

/** The first events of the room that the command with this id has made; empty when there is none. In order. */
export async function getDeliveredRoom(
  db: Queryable,
  key: { creator: string; id: string; count: number },
): Promise<{ roomId: string; eventId: string; position: number }[]> {
  return db.query(
    `SELECT r.room_id AS "roomId", e.event_id AS "eventId", e.position
     FROM memberships m
     JOIN rooms r ON r.room_nid = m.room_nid AND r.creator = m.user_id
     JOIN events c ON c.room_nid = r.room_nid AND c.sender = m.user_id AND c.txn_device = '${DELIVERY_DEVICE}' AND c.txn_id = $2
     JOIN events e ON e.room_nid = r.room_nid AND e.position >= c.position AND e.position < c.position + $3
     WHERE m.user_id = $1 AND c.type = 'm.room.create' ORDER BY e.position`,
    [key.creator, key.id, key.count],
  );
}
