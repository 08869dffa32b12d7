import type { Queryable } from '../database.ts';

/** A name that was reserved for a room and not given to it within this time may be taken by others. Milliseconds. */
const RESERVATION_MS = 60_000;

/** An alias of this server. */
export interface RoomAliasRow {
  alias: string;
  roomNid: number;
  roomId: string;
  /** Who made it. */
  creator: string;
}

const SELECT = `SELECT a.alias, a.room_nid AS "roomNid", r.room_id AS "roomId", a.creator
  FROM room_aliases a JOIN rooms r ON r.room_nid = a.room_nid`;

/** An alias of this server; undefined when no room has it. */
export async function getRoomAlias(db: Queryable, alias: string): Promise<RoomAliasRow | undefined> {
  return (await db.query<RoomAliasRow>(`${SELECT} WHERE a.alias = $1`, [alias]))[0];
}

/** This server's aliases of a room, in order of their making. */
export async function getAliasesOfRoom(db: Queryable, roomNid: number): Promise<string[]> {
  const rows = await db.query<{ alias: string }>(
    'SELECT alias FROM room_aliases WHERE room_nid = $1 ORDER BY created_ts, alias',
    [roomNid],
  );
  return rows.map((row) => row.alias);
}

/** Gives a room an alias. False when the alias is taken. */
export async function insertRoomAlias(
  db: Queryable,
  alias: { alias: string; roomNid: number; creator: string; now: number },
): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO room_aliases AS a (alias, room_nid, creator, created_ts) VALUES ($1, $2, $3, $4)
     ON CONFLICT (alias) DO UPDATE SET room_nid = EXCLUDED.room_nid, creator = EXCLUDED.creator,
       created_ts = EXCLUDED.created_ts WHERE a.room_nid = 0 AND a.created_ts < $5 RETURNING 1`,
    [alias.alias, alias.roomNid, alias.creator, alias.now, alias.now - RESERVATION_MS],
  );
  return rows.length > 0;
}

/** Keeps an alias for a room that is about to be made. False when the alias is taken. */
export async function reserveRoomAlias(db: Queryable, alias: string, creator: string, now: number): Promise<boolean> {
  return insertRoomAlias(db, { alias, roomNid: 0, creator, now });
}

/** Gives a reserved alias to the room that was made. False when somebody else took it after the reservation ran out. */
export async function bindReservedAlias(
  db: Queryable,
  alias: string,
  creator: string,
  roomId: string,
): Promise<boolean> {
  const rows = await db.query(
    `UPDATE room_aliases a SET room_nid = r.room_nid FROM rooms r
     WHERE a.alias = $1 AND a.room_nid = 0 AND a.creator = $2 AND r.room_id = $3 RETURNING 1`,
    [alias, creator, roomId],
  );
  return rows.length > 0;
}

/** Frees a reserved alias again. */
export async function freeReservedAlias(db: Queryable, alias: string, creator: string): Promise<void> {
  await db.query('DELETE FROM room_aliases WHERE alias = $1 AND room_nid = 0 AND creator = $2', [alias, creator]);
}

/** Removes an alias. False when there was none. */
export async function deleteRoomAlias(db: Queryable, alias: string): Promise<boolean> {
  return (
    (await db.query('DELETE FROM room_aliases WHERE alias = $1 AND room_nid <> 0 RETURNING 1', [alias])).length > 0
  );
}

/** Gives all aliases of a room to another one. */
export async function moveAliases(db: Queryable, fromNid: number, toNid: number): Promise<void> {
  await db.query('UPDATE room_aliases SET room_nid = $2 WHERE room_nid = $1', [fromNid, toNid]);
}
