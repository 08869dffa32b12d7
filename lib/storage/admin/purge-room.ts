import type { Queryable } from '../database.ts';

/** A table with rows of rooms. */
export interface RoomTable {
  table: string;
  /** The column that tells the room: its number, its id, or an event of it. */
  column: 'room_nid' | 'room_id' | 'event_nid';
}

/** Tables that name rooms and keep their rows: they are a user's, or the administrators' own notes. */
export const KEPT_TABLES: ReadonlySet<string> = new Set(['backed_up_keys', 'reports', 'blocked_rooms']);

/** Go last, in this order: others are found through them, and an interrupted purge through the room itself. */
const LAST = ['events', 'rooms'];

const ROWS_AT_ONCE = 5_000;

/**
 * Every table that has rows of rooms, as the schema tells: a new table is purged without anybody thinking of it. In the
 * order in which they are to be emptied.
 */
export async function getRoomTables(db: Queryable): Promise<RoomTable[]> {
  const rows = await db.query<RoomTable>(
    `SELECT c.table_name AS "table", c.column_name AS "column" FROM information_schema.columns c
     JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
     WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
       AND c.column_name IN ('room_nid', 'room_id', 'event_nid')
     ORDER BY c.table_name, c.column_name DESC`,
  );
  const tables = new Map<string, RoomTable>();
  // By the room's number where there is one, else by its id, else by its events.
  for (const row of rows) if (!tables.has(row.table) && !KEPT_TABLES.has(row.table)) tables.set(row.table, row);
  const byEvents = [...tables.values()].filter((t) => t.column === 'event_nid');
  const others = [...tables.values()].filter((t) => t.column !== 'event_nid' && !LAST.includes(t.table));
  return [...byEvents, ...others, ...LAST.flatMap((table) => tables.get(table) ?? [])];
}

/** Deletes some rows of a room. False when nothing was left in that table. */
export async function purgeSome(
  db: Queryable,
  { table, column }: RoomTable,
  room: { roomNid: number; roomId: string },
): Promise<boolean> {
  const ofRoom = {
    room_nid: 'room_nid = $1',
    room_id: 'room_id = $1',
    event_nid: 'event_nid IN (SELECT e.event_nid FROM events e WHERE e.room_nid = $1)',
  }[column];
  const rows = await db.query(
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${ofRoom} LIMIT ${ROWS_AT_ONCE}))
     RETURNING 1`,
    [column === 'room_id' ? room.roomId : room.roomNid],
  );
  return rows.length > 0;
}

/** Deletes some links between chains of a room's auth events; they are found through the chains. False when none was left. */
export async function purgeSomeChainLinks(db: Queryable, roomNid: number): Promise<boolean> {
  const rows = await db.query(
    `DELETE FROM chain_links WHERE ctid = ANY (ARRAY(
       SELECT l.ctid FROM chain_links l WHERE l.origin_chain IN (
         SELECT c.chain_id FROM event_chains c JOIN events e ON e.event_nid = c.event_nid WHERE e.room_nid = $1)
       LIMIT ${ROWS_AT_ONCE})) RETURNING 1`,
    [roomNid],
  );
  return rows.length > 0;
}

/** Lets nobody find a room any more. */
export async function hideRoom(db: Queryable, roomNid: number): Promise<void> {
  await db.query(`UPDATE rooms SET extremities = '{}', is_public = false WHERE room_nid = $1`, [roomNid]);
}

/** The number of a room, hidden or not. */
export async function getRoomNid(db: Queryable, roomId: string): Promise<number | undefined> {
  const [row] = await db.query<{ roomNid: number }>('SELECT room_nid AS "roomNid" FROM rooms WHERE room_id = $1', [
    roomId,
  ]);
  return row?.roomNid;
}
