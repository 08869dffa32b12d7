import type { Queryable } from '../database.ts';

/** Tables with rows of rooms; the room itself last, so that a purge that was interrupted is found again. */
export const ROOM_TABLES = [
  'user_directory_rooms',
  'room_summaries',
  'search_entries',
  'receipts',
  'account_data',
  'thread_subscriptions',
  'room_aliases',
  'push_exceptions',
  'event_relations',
  'membership_changes',
  'memberships',
  'current_state',
  'state_groups',
  'missing_events',
  'late_edges',
  'federation_relays',
  'federation_outbox',
  'held_redactions',
  'state_corrections',
  'chain_links',
  'event_chains',
  'events',
  'rooms',
] as const;

const ROWS_AT_ONCE = 5_000;

/** How rows of a room are told in tables without its number. They go before the events that tell them. */
const OF_ROOM: Partial<Record<(typeof ROOM_TABLES)[number], string>> = {
  chain_links: `origin_chain IN (
    SELECT c.chain_id FROM event_chains c JOIN events e ON e.event_nid = c.event_nid WHERE e.room_nid = $1)`,
  event_chains: 'event_nid IN (SELECT e.event_nid FROM events e WHERE e.room_nid = $1)',
};

/** Deletes some rows of a room. False when nothing was left in that table. */
export async function purgeSome(db: Queryable, table: (typeof ROOM_TABLES)[number], roomNid: number): Promise<boolean> {
  const ofRoom = OF_ROOM[table] ?? 'room_nid = $1';
  const rows = await db.query(
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${ofRoom} LIMIT ${ROWS_AT_ONCE}))
     RETURNING 1`,
    [roomNid],
  );
  return rows.length > 0;
}
