import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS } from '../events/read-events.ts';

/** Which members are wanted: those of one membership, or those not of another; either will do where both are given. */
export interface MemberQuery {
  membership: string | undefined;
  notMembership: string | undefined;
}

/** Today's member events of a room. */
export async function getMemberEvents(db: Queryable, roomNid: number, query: MemberQuery): Promise<EventRow[]> {
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM memberships m JOIN events e ON e.event_nid = m.event_nid
     JOIN rooms r ON r.room_nid = e.room_nid LEFT JOIN events x ON x.event_nid = e.redacted_by
     LEFT JOIN events p ON p.event_nid = e.replaces_nid
     WHERE m.room_nid = $1
       AND (($2::text IS NULL AND $3::text IS NULL) OR m.membership = $2 OR m.membership <> $3)`,
    [roomNid, query.membership ?? null, query.notMembership ?? null],
  );
}

/** A user who is in a room, by the profile that the member event shows. */
export interface JoinedMember {
  userId: string;
  displayName: string | null;
  avatarUrl: string | null;
}

/** Everybody who is in a room. */
export async function getJoinedMembers(db: Queryable, roomNid: number): Promise<JoinedMember[]> {
  return db.query(
    `SELECT user_id AS "userId", display_name AS "displayName", avatar_url AS "avatarUrl" FROM memberships
     WHERE room_nid = $1 AND membership = 'join' ORDER BY user_id`,
    [roomNid],
  );
}

/** Rooms that two users are both in, after a room id and by room id, and how many there are in all. */
export async function getMutualRooms(
  db: Queryable,
  users: [string, string],
  page: { after: string; limit: number },
): Promise<{ roomIds: string[]; count: number }> {
  const [row] = await db.query<{ roomIds: string[]; count: number }>(
    `WITH shared AS (
       SELECT r.room_id FROM memberships a JOIN memberships b ON b.room_nid = a.room_nid
       JOIN rooms r ON r.room_nid = a.room_nid
       WHERE a.user_id = $1 AND a.membership = 'join' AND b.user_id = $2 AND b.membership = 'join')
     SELECT (SELECT count(*) FROM shared) AS count,
       ARRAY(SELECT room_id FROM shared WHERE room_id > $3 ORDER BY room_id LIMIT $4) AS "roomIds"`,
    [users[0], users[1], page.after, page.limit],
  );
  return row ?? { roomIds: [], count: 0 };
}
