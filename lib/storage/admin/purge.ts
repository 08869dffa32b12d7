import type { Queryable } from '../database.ts';

/** Tables with rows of rooms; the room itself last, so that a purge that was interrupted is found again. */
export const ROOM_TABLES = [
  'user_directory_rooms',
  'room_summaries',
  'search_entries',
  'receipts',
  'account_data',
  'room_aliases',
  'push_exceptions',
  'event_relations',
  'membership_changes',
  'memberships',
  'current_state',
  'state_groups',
  'missing_events',
  'events',
  'rooms',
] as const;

const ROWS_AT_ONCE = 5_000;

/** Deletes some rows of a room. False when nothing was left in that table. */
export async function purgeSome(db: Queryable, table: (typeof ROOM_TABLES)[number], roomNid: number): Promise<boolean> {
  const rows = await db.query(
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE room_nid = $1 LIMIT ${ROWS_AT_ONCE}))
     RETURNING 1`,
    [roomNid],
  );
  return rows.length > 0;
}
