import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS, EVENT_TABLES } from '../events/read-events.ts';

/** What never changes about a room. */
export interface RoomFacts {
  roomNid: number;
  roomId: string;
  roomVersion: string;
  creator: string;
  createdTs: number;
}

/** The facts of a room whose first events are stored; undefined for an unknown one. */
export async function getRoomFacts(db: Queryable, roomId: string): Promise<RoomFacts | undefined> {
  const [row] = await db.query<RoomFacts>(
    `SELECT room_nid AS "roomNid", room_id AS "roomId", room_version AS "roomVersion", creator, created_ts AS "createdTs"
     FROM rooms WHERE room_id = $1 AND extremities <> '{}'`,
    [roomId],
  );
  return row;
}

/** The facts of any room that was ever heard of, one that this server is only invited to as well. */
export async function getHeardOfRoom(db: Queryable, roomId: string): Promise<RoomFacts | undefined> {
  const [row] = await db.query<RoomFacts>(
    `SELECT room_nid AS "roomNid", room_id AS "roomId", room_version AS "roomVersion", creator, created_ts AS "createdTs"
     FROM rooms WHERE room_id = $1`,
    [roomId],
  );
  return row;
}

/** A user's place in a room. */
export interface MembershipRow {
  membership: string;
  /** Numeric id of the membership event. */
  eventNid: number;
  /** Place of that event in the events stream. */
  position: number;
  /** Who sent it. */
  sender: string;
  displayName: string | null;
  avatarUrl: string | null;
  forgotten: boolean;
}

/** A user's membership of a room; undefined for a user who never had one. */
export async function getMembership(
  db: Queryable,
  roomNid: number,
  userId: string,
): Promise<MembershipRow | undefined> {
  const [row] = await db.query<MembershipRow>(
    `SELECT membership, event_nid AS "eventNid", position, sender, display_name AS "displayName",
       avatar_url AS "avatarUrl", forgotten FROM memberships WHERE room_nid = $1 AND user_id = $2`,
    [roomNid, userId],
  );
  return row;
}

/** One event of a room's current state. */
export async function getCurrentStateEvent(
  db: Queryable,
  roomNid: number,
  type: string,
  stateKey: string,
): Promise<EventRow | undefined> {
  const [row] = await db.query<EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM ${EVENT_TABLES} WHERE e.event_nid =
       (SELECT event_nid FROM current_state WHERE room_nid = $1 AND type = $2 AND state_key = $3)`,
    [roomNid, type, stateKey],
  );
  return row;
}

/** Current state events for the given (type, state key) pairs, in no order; absent ones are left out. */
export async function getCurrentStateEvents(
  db: Queryable,
  roomNid: number,
  keys: readonly (readonly [type: string, stateKey: string])[],
): Promise<EventRow[]> {
  return db.query(
    `SELECT ${EVENT_COLUMNS}
     FROM unnest($2::text[], $3::text[]) AS k(type, state_key)
     JOIN current_state c ON c.room_nid = $1 AND c.type = k.type AND c.state_key = k.state_key
     JOIN events e ON e.event_nid = c.event_nid JOIN rooms r ON r.room_nid = e.room_nid
     LEFT JOIN events x ON x.event_nid = e.redacted_by LEFT JOIN events p ON p.event_nid = e.replaces_nid`,
    [roomNid, keys.map((k) => k[0]), keys.map((k) => k[1])],
  );
}

/** The whole current state of a room, in no order. */
export async function getWholeCurrentState(db: Queryable, roomNid: number): Promise<EventRow[]> {
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM current_state c JOIN events e ON e.event_nid = c.event_nid
     JOIN rooms r ON r.room_nid = e.room_nid LEFT JOIN events x ON x.event_nid = e.redacted_by
     LEFT JOIN events p ON p.event_nid = e.replaces_nid WHERE c.room_nid = $1`,
    [roomNid],
  );
}
