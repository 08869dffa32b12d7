import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS } from '../events/read-events.ts';
import { EVENT_JOINS } from './timelines.ts';

/** Current member events of the given (room, user) pairs; pairs without one are left out. */
export async function getMemberEvents(db: Queryable, pairs: [number, string][]): Promise<EventRow[]> {
  if (pairs.length === 0) return [];
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM unnest($1::bigint[], $2::text[]) AS w(room_nid, user_id)
     JOIN memberships m ON m.room_nid = w.room_nid AND m.user_id = w.user_id
     JOIN events e ON e.event_nid = m.event_nid ${EVENT_JOINS}`,
    [pairs.map((p) => p[0]), pairs.map((p) => p[1])],
  );
}

/** Numbers and names of a room's members, for the summary of a room in `/sync`. */
export interface RoomSummaryRow {
  roomNid: number;
  joined: number;
  invited: number;
  /** The first members by time of joining, the reader left out: at most five. */
  heroes: string[];
  /** Members who have left, for rooms with nobody else. */
  gone: string[];
  /** PDUs of the room's name and canonical alias as JSON texts, where they are not redacted. */
  naming: string[];
}

/** Summaries of several rooms for one user. */
export async function getRoomSummaries(db: Queryable, roomNids: number[], userId: string): Promise<RoomSummaryRow[]> {
  if (roomNids.length === 0) return [];
  return db.query(
    `SELECT w.room_nid AS "roomNid",
       (SELECT count(*) FROM memberships m WHERE m.room_nid = w.room_nid AND m.membership = 'join') AS joined,
       (SELECT count(*) FROM memberships m WHERE m.room_nid = w.room_nid AND m.membership = 'invite') AS invited,
       ARRAY(SELECT m.user_id FROM memberships m WHERE m.room_nid = w.room_nid AND m.membership IN ('join', 'invite')
         AND m.user_id <> $2 ORDER BY m.position LIMIT 5) AS heroes,
       ARRAY(SELECT m.user_id FROM memberships m WHERE m.room_nid = w.room_nid AND m.membership IN ('leave', 'ban')
         AND m.user_id <> $2 ORDER BY m.position LIMIT 5) AS gone,
       ARRAY(SELECT e.json FROM current_state c JOIN events e ON e.event_nid = c.event_nid
         WHERE c.room_nid = w.room_nid AND c.state_key = '' AND c.type IN ('m.room.name', 'm.room.canonical_alias')
           AND e.redacted_by IS NULL) AS naming
     FROM unnest($1::bigint[]) AS w(room_nid)`,
    [roomNids, userId],
  );
}
