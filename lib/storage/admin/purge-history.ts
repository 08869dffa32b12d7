import type { Queryable } from '../database.ts';
import { EVENT_OUTLIER, EVENT_PURGED } from '../events/event-row.ts';

/** What of a room's history is to go. */
export interface HistoryCut {
  roomNid: number;
  /** Events that lie less deep in the room's graph go. */
  depth: number;
  /** Name of this server. */
  serverName: string;
  /** Delete what users of this server have sent as well; nobody else may have it. */
  deleteLocalEvents: boolean;
}

const EVENTS_AT_ONCE = 1_000;

/**
 * Takes some of the events before a cut out of a room's timeline, the oldest first. State stays, since what follows
 * builds on it; so does what this server's users sent, unless it is to be deleted too. The ends of the room's graph are
 * left alone.
 * @returns how many events there were.
 */
export async function purgeSomeHistory(tx: Queryable, cut: HistoryCut): Promise<number> {
  const rows = await tx.query<{ nid: number; position: number; state: boolean; local: boolean }>(
    `SELECT e.event_nid AS nid, e.position, e.state_key IS NOT NULL AS state,
       substr(e.sender, strpos(e.sender, ':') + 1) = $3 AS local
     FROM events e WHERE e.room_nid = $1 AND e.position IS NOT NULL AND e.depth < $2 AND e.flags & ${EVENT_PURGED} = 0
       AND e.event_nid <> ALL ((SELECT r.extremities FROM rooms r WHERE r.room_nid = $1)::bigint[])
     ORDER BY e.depth, e.position LIMIT ${EVENTS_AT_ONCE} FOR UPDATE OF e`,
    [cut.roomNid, cut.depth, cut.serverName],
  );
  if (rows.length === 0) return 0;
  const nids = (wanted: (row: (typeof rows)[number]) => boolean) => rows.filter(wanted).map((row) => row.nid);
  const state = nids((row) => row.state);
  const kept = nids((row) => !row.state && row.local && !cut.deleteLocalEvents);
  const gone = nids((row) => !row.state && (!row.local || cut.deleteLocalEvents));
  await tx.query('DELETE FROM push_exceptions WHERE room_nid = $1 AND position = ANY($2::bigint[])', [
    cut.roomNid,
    rows.map((row) => row.position),
  ]);
  for (const table of ['search_entries', 'event_relations', 'event_expiries']) {
    await tx.query(`DELETE FROM ${table} WHERE event_nid = ANY($1::bigint[])`, [[...kept, ...gone]]);
  }
  await tx.query('DELETE FROM held_redactions WHERE by_nid = ANY($1::bigint[])', [[...kept, ...gone]]);
  await tx.query(`UPDATE events SET flags = flags | ${EVENT_PURGED} WHERE event_nid = ANY($1::bigint[])`, [state]);
  await tx.query(
    `UPDATE events SET flags = flags | ${EVENT_OUTLIER}, position = NULL WHERE event_nid = ANY($1::bigint[])`,
    [kept],
  );
  await tx.query('DELETE FROM events WHERE event_nid = ANY($1::bigint[])', [gone]);
  return rows.length;
}

/** An event of a room's timeline by which a cut is made. */
export interface CutEvent {
  eventId: string;
  depth: number;
}

/** An event of a room's timeline. */
export async function getCutEvent(db: Queryable, roomNid: number, eventId: string): Promise<CutEvent | undefined> {
  const [row] = await db.query<CutEvent>(
    `SELECT event_id AS "eventId", depth FROM events WHERE event_id = $2 AND room_nid = $1 AND position IS NOT NULL`,
    [roomNid, eventId],
  );
  return row;
}

/** The first event of a room's timeline that was sent after a moment; the last one when there is none. */
export async function getCutByTime(db: Queryable, roomNid: number, ts: number): Promise<CutEvent | undefined> {
  const [row] = await db.query<CutEvent>(
    `(SELECT event_id AS "eventId", depth FROM events
      WHERE room_nid = $1 AND position IS NOT NULL AND flags = 0 AND origin_server_ts > $2 ORDER BY depth, position LIMIT 1)
     UNION ALL
     (SELECT event_id, depth FROM events WHERE room_nid = $1 AND position IS NOT NULL AND flags = 0
      ORDER BY depth DESC, position DESC LIMIT 1) LIMIT 1`,
    [roomNid, ts],
  );
  return row;
}
