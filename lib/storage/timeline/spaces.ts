import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS } from '../events/read-events.ts';

/** A room by its id, with one user's membership. */
export interface RoomForUser {
  roomNid: number;
  roomId: string;
  membership: string | null;
}

/** Rooms by id; unknown ones and those that an administrator has blocked are left out. */
export async function getRoomsForUser(
  db: Queryable,
  userId: string | undefined,
  roomIds: string[],
): Promise<RoomForUser[]> {
  if (roomIds.length === 0) return [];
  return db.query(
    `SELECT r.room_nid AS "roomNid", r.room_id AS "roomId", m.membership FROM rooms r
     LEFT JOIN memberships m ON m.room_nid = r.room_nid AND m.user_id = $1
     WHERE r.room_id = ANY($2::text[]) AND r.extremities <> '{}' AND r.blocked_by IS NULL`,
    [userId ?? null, roomIds],
  );
}

/** Today's `m.space.child` events of rooms, in no order. */
export async function getSpaceChildren(db: Queryable, roomNids: number[]): Promise<EventRow[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM current_state c JOIN events e ON e.event_nid = c.event_nid
     JOIN rooms r ON r.room_nid = e.room_nid LEFT JOIN events x ON x.event_nid = e.redacted_by
     LEFT JOIN events p ON p.event_nid = e.replaces_nid
     WHERE c.room_nid = ANY($1::bigint[]) AND c.type = 'm.space.child'`,
    [roomNids],
  );
}
