import type { Queryable } from '../database.ts';

/** What staging an event asks of its room. */
export interface StagingRoom {
  roomId: string;
  roomNid: number;
  roomVersion: string;
  slot: number;
  /** A user of this server is in it. */
  isPresent: boolean;
}

/** Those of the rooms that are known. One query. */
export async function getStagingRooms(db: Queryable, roomIds: string[]): Promise<StagingRoom[]> {
  const ids = roomIds.filter((id) => !id.includes('\0'));
  if (ids.length === 0) return [];
  return db.query(
    `SELECT r.room_id AS "roomId", r.room_nid AS "roomNid", r.room_version AS "roomVersion", r.slot,
       r.extremities <> '{}' AND EXISTS (SELECT 1 FROM memberships m
         WHERE m.room_nid = r.room_nid AND m.local AND m.membership = 'join') AS "isPresent"
     FROM rooms r WHERE r.room_id = ANY($1::text[])`,
    [ids],
  );
}
