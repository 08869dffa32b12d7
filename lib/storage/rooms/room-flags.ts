import type { Queryable } from '../database.ts';

/** What a server's own people decide about a room. */
export interface RoomFlags {
  /** Listed in the room directory. */
  isPublic: boolean;
  /** Administrator who blocked the room; null where nobody did. */
  blockedBy: string | null;
}

/** A room's flags; undefined for an unknown room. */
export async function getRoomFlags(db: Queryable, roomNid: number): Promise<RoomFlags | undefined> {
  const [row] = await db.query<RoomFlags>(
    'SELECT is_public AS "isPublic", blocked_by AS "blockedBy" FROM rooms WHERE room_nid = $1',
    [roomNid],
  );
  return row;
}

/** Lists a room in the directory, or takes it out. */
export async function setRoomPublic(db: Queryable, roomNid: number, isPublic: boolean): Promise<void> {
  await db.query('UPDATE rooms SET is_public = $2 WHERE room_nid = $1 AND is_public <> $2', [roomNid, isPublic]);
}

/** Moves a directory entry from one room to another; does nothing where the first isn't listed. */
export async function movePublicListing(db: Queryable, fromNid: number, toNid: number): Promise<void> {
  await db.query(
    `WITH unlisted AS (UPDATE rooms SET is_public = false WHERE room_nid = $1 AND is_public RETURNING 1)
     UPDATE rooms SET is_public = true WHERE room_nid = $2 AND EXISTS (SELECT 1 FROM unlisted)`,
    [fromNid, toNid],
  );
}
