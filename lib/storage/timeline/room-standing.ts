import type { Queryable } from '../database.ts';

/** Where a user left a room. */
export interface Departure {
  eventNid: number;
  /** Place of the leaving (kick, ban) in the events stream. */
  position: number;
  depth: number;
  /** State after it. */
  stateGroup: number | null;
}

/** How a user stands to a room. */
export interface RoomStanding {
  /** Null for a user who never had to do with the room. */
  membership: string | null;
  forgotten: boolean;
  /** The end of the last stay of a user who is not in the room now; null for one who never was. */
  departure: Departure | null;
  /** The PDU of today's history visibility as JSON text, for users who are not in the room; null when there is none. */
  visibilityJson: string | null;
  /** Events follow others that are not here. */
  hasGaps: boolean;
}

/** Reads a user's standing. One query. */
export async function getRoomStanding(db: Queryable, roomNid: number, userId: string): Promise<RoomStanding> {
  const [row] = await db.query<{
    membership: string | null;
    forgotten: boolean | null;
    eventNid: number | null;
    position: number | null;
    depth: number | null;
    stateGroup: number | null;
    visibilityJson: string | null;
    hasGaps: boolean;
  }>(
    `SELECT m.membership, m.forgotten, d.event_nid AS "eventNid", d.position, l.depth,
       coalesce(l.state_group_after, l.state_group) AS "stateGroup", h.json AS "visibilityJson",
       EXISTS (SELECT 1 FROM missing_events g WHERE g.room_nid = $1) AS "hasGaps"
     FROM (SELECT 1) AS one
     LEFT JOIN memberships m ON m.room_nid = $1 AND m.user_id = $2
     LEFT JOIN LATERAL (
       SELECT c.event_nid, c.position FROM membership_changes c
       WHERE c.user_id = $2 AND c.room_nid = $1 AND c.previous = 'join' AND c.membership <> 'join'
       ORDER BY c.position DESC LIMIT 1) d ON m.membership <> 'join'
     LEFT JOIN events l ON l.event_nid = d.event_nid
     LEFT JOIN current_state s ON s.room_nid = $1 AND s.type = 'm.room.history_visibility' AND s.state_key = ''
       AND m.membership IS DISTINCT FROM 'join'
     LEFT JOIN events h ON h.event_nid = s.event_nid`,
    [roomNid, userId],
  );
  if (!row) throw new Error('a statement without a condition gave no row');
  const { membership, forgotten, eventNid, position, depth, stateGroup, visibilityJson, hasGaps } = row;
  const departure =
    eventNid === null || position === null || depth === null ? null : { eventNid, position, depth, stateGroup };
  return { membership, forgotten: forgotten ?? false, departure, visibilityJson, hasGaps };
}
