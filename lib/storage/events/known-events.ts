import type { Queryable } from '../database.ts';
import { CHAIN_END, type ChainEnd } from '../state/chains.ts';
import { EVENT_REJECTED, EVENT_SOFT_FAILED } from './event-row.ts';

const HIDDEN = EVENT_REJECTED | EVENT_SOFT_FAILED;
/** So many hidden events in a row are looked behind; a server that sends more of them gains nothing by it. */
const MOST_STEPS = 500;

/** What taking in further events asks of a stored one. */
export interface KnownEventRow {
  eventNid: number;
  eventId: string;
  roomNid: number;
  type: string;
  stateKey: string | null;
  sender: string;
  depth: number;
  flags: number;
  position: number | null;
  stateGroup: number | null;
  stateGroupAfter: number | null;
  threadRoot: string | null;
}

/** Facts of those of the events that are stored, in no order. One query. */
export async function getKnownEvents(db: Queryable, eventIds: string[]): Promise<KnownEventRow[]> {
  if (eventIds.length === 0) return [];
  return db.query(
    `SELECT event_nid AS "eventNid", event_id AS "eventId", room_nid AS "roomNid", type, state_key AS "stateKey", sender,
       depth, flags, position, state_group AS "stateGroup", state_group_after AS "stateGroupAfter",
       thread_root AS "threadRoot"
     FROM events WHERE event_id = ANY($1::text[])`,
    [eventIds],
  );
}

/** A cited event. */
export interface CitedEventRow extends ChainEnd {
  eventId: string;
  flags: number;
  /** As it was sent, redacted or not. */
  json: string;
}

/** Events with their places on the chain cover, in no order. One query. */
export async function getCitedEvents(db: Queryable, eventNids: number[]): Promise<CitedEventRow[]> {
  if (eventNids.length === 0) return [];
  return db.query(
    `SELECT e.event_nid AS "eventNid", e.event_id AS "eventId", e.flags, e.json, ${CHAIN_END}
     FROM events e LEFT JOIN event_chains h ON h.event_nid = e.event_nid WHERE e.event_nid = ANY($1::bigint[])`,
    [eventNids],
  );
}

/** A redaction that waits for its target. */
export interface HeldRedactionRow {
  redacts: string;
  byNid: number;
  byId: string;
  roomNid: number;
  sender: string;
  hasPower: boolean;
  /** The redaction itself is not shown yet. */
  withheld: boolean;
  json: string;
  depth: number;
  stateGroup: number | null;
}

/** Redactions that wait for any of the given events, oldest first. One query. */
export async function getHeldRedactions(db: Queryable, eventIds: string[]): Promise<HeldRedactionRow[]> {
  if (eventIds.length === 0) return [];
  return db.query(
    `SELECT h.redacts, h.by_nid AS "byNid", e.event_id AS "byId", h.room_nid AS "roomNid", e.sender,
       h.has_power AS "hasPower", e.position IS NULL AS withheld, e.json, e.depth, e.state_group AS "stateGroup"
     FROM held_redactions h JOIN events e ON e.event_nid = h.by_nid WHERE h.redacts = ANY($1::text[]) ORDER BY h.by_nid`,
    [eventIds],
  );
}

/**
 * Which of the given events others wait for as their parent, by room, and whether any of those is shown: event id →
 * true, or false when all of them are rejected or soft-failed. One query.
 */
export async function getMissingAmong(
  db: Queryable,
  roomNid: number,
  eventIds: string[],
): Promise<Map<string, boolean>> {
  if (eventIds.length === 0) return new Map();
  const rows = await db.query<{ eventId: string; shown: boolean }>(
    `SELECT m.event_id AS "eventId", bool_or(e.flags & ${HIDDEN} = 0) AS shown
     FROM missing_events m JOIN events e ON e.event_nid = m.wanted_by
     WHERE m.room_nid = $1 AND m.event_id = ANY($2::text[]) GROUP BY m.event_id`,
    [roomNid, eventIds],
  );
  return new Map(rows.map((row) => [row.eventId, row.shown]));
}

/**
 * What lies before rejected and soft-failed events: their parents, and where those are rejected or soft-failed too,
 * the parents of those, and so on. One query.
 */
export async function getBehindHidden(db: Queryable, eventNids: number[]): Promise<number[]> {
  if (eventNids.length === 0) return [];
  const rows = await db.query<{ nid: number }>(
    `WITH RECURSIVE hidden(event_nid, step) AS (
       SELECT n, 0 FROM unnest($1::bigint[]) AS s(n)
       UNION
       SELECT p.event_nid, h.step + 1 FROM hidden h JOIN events e ON e.event_nid = h.event_nid
       JOIN events p ON p.event_nid = ANY(e.prev_nids) AND p.flags & ${HIDDEN} <> 0
       WHERE h.step < ${MOST_STEPS})
     SELECT DISTINCT unnest(e.prev_nids) AS nid FROM hidden h JOIN events e ON e.event_nid = h.event_nid`,
    [eventNids],
  );
  return rows.map((row) => row.nid);
}
