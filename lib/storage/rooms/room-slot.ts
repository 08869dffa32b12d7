import type { Queryable } from '../database.ts';

/** The slot that a room is in, which never changes; undefined for an unknown room. */
export async function getRoomSlot(db: Queryable, roomId: string): Promise<number | undefined> {
  const [row] = await db.query<{ slot: number }>('SELECT slot FROM rooms WHERE room_id = $1', [roomId]);
  return row?.slot;
}
