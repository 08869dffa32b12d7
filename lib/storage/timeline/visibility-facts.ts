import type { Queryable } from '../database.ts';

/** A setting of a room's history visibility. */
export interface VisibilityChange {
  eventNid: number;
  /** Place in the events stream; null when the event is only known as state. */
  position: number | null;
  json: string;
}

/** A change of the user's membership. */
export interface OwnMembershipChange {
  eventNid: number;
  position: number;
  membership: string;
}

/** What decides which events of a room a user may see. */
export interface VisibilityFacts {
  roomNid: number;
  /** Users of other servers take part or have taken part. */
  remote: boolean;
  visibility: VisibilityChange[];
  memberships: OwnMembershipChange[];
}

interface FactRow {
  roomNid: number;
  kind: 'visibility' | 'membership' | 'remote';
  eventNid: number | null;
  position: number | null;
  text: string | null;
}

/** History visibility settings of rooms and one user's membership changes in them, by room, in order. One query. */
export async function getVisibilityFacts(
  db: Queryable,
  userId: string,
  roomNids: number[],
): Promise<Map<number, VisibilityFacts>> {
  const facts = new Map<number, VisibilityFacts>(
    roomNids.map((roomNid) => [roomNid, { roomNid, remote: false, visibility: [], memberships: [] }]),
  );
  const rows = await db.query<FactRow>(
    `SELECT room_nid AS "roomNid", 'visibility' AS kind, event_nid AS "eventNid", position, json AS text FROM events
     WHERE room_nid = ANY($1::bigint[]) AND type = 'm.room.history_visibility' AND state_key = '' AND flags & 1 = 0
     UNION ALL
     SELECT room_nid, 'membership', event_nid, position, membership FROM membership_changes
     WHERE user_id = $2 AND room_nid = ANY($1::bigint[])
     UNION ALL
     SELECT w.room_nid, 'remote', NULL, NULL, NULL FROM unnest($1::bigint[]) AS w(room_nid)
     WHERE EXISTS (SELECT 1 FROM memberships m WHERE m.room_nid = w.room_nid AND NOT m.local)
     ORDER BY 4 NULLS FIRST`,
    [roomNids, userId],
  );
  for (const row of rows) {
    const entry = facts.get(row.roomNid) as VisibilityFacts;
    if (row.kind === 'remote') entry.remote = true;
    else if (row.kind === 'visibility') {
      entry.visibility.push({ eventNid: row.eventNid as number, position: row.position, json: row.text as string });
    } else {
      entry.memberships.push({
        eventNid: row.eventNid as number,
        position: row.position as number,
        membership: row.text as string,
      });
    }
  }
  return facts;
}
