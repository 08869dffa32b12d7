import { numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';
import type { RelationWrite } from '../events/batch-write.ts';

/** Of these events those that have a place in their room's timeline. */
export async function getPlacedAmong(
  db: Queryable,
  roomNid: number,
  eventIds: readonly string[],
): Promise<Set<string>> {
  if (eventIds.length === 0) return new Set();
  const rows = await db.query<{ eventId: string }>(
    `SELECT event_id AS "eventId" FROM events
     WHERE event_id = ANY($2::text[]) AND room_nid = $1 AND (position IS NOT NULL OR flags & 1 <> 0)`,
    [roomNid, textArray(eventIds)],
  );
  return new Set(rows.map((row) => row.eventId));
}

/** The events with the least depth that have a place in a room's timeline, as JSON texts. */
export async function getOldestPlaced(
  db: Queryable,
  roomNid: number,
  limit: number,
): Promise<{ eventId: string; json: string; stateGroup: number | null }[]> {
  return db.query(
    `SELECT event_id AS "eventId", json, state_group AS "stateGroup" FROM events
     WHERE room_nid = $1 AND position IS NOT NULL AND flags = 0 ORDER BY depth, position LIMIT $2`,
    [roomNid, limit],
  );
}

/**
 * Gives events that were stored to be cited a place in the timeline, newest first; rejected ones get none. What redacts
 * them and came before them is applied. Returns those that have one now.
 * @param stateGroup what is taken for the state before them
 */
export async function placeBackwards(
  tx: Queryable,
  roomNid: number,
  events: readonly { eventId: string; prevIds: readonly string[] }[],
  stateGroup: number | null,
): Promise<{ eventId: string; eventNid: number; json: string; type: string; sender: string }[]> {
  return tx.query(
    `WITH w AS (
       SELECT u.event_id, u.nth, nextval('backfill_positions') AS place,
         ARRAY(SELECT e.event_nid FROM unnest($3::bigint[], $5::text[]) AS p(nth, event_id)
               JOIN events e ON e.event_id = p.event_id WHERE p.nth = u.nth) AS prev_nids
       FROM unnest($2::text[]) WITH ORDINALITY AS u(event_id, nth) ORDER BY u.nth
     ), redacted AS (
       SELECT h.redacts, min(h.by_nid) AS by_nid FROM held_redactions h
       JOIN events t ON t.event_id = h.redacts JOIN events b ON b.event_nid = h.by_nid
       WHERE h.redacts = ANY($2::text[]) AND h.room_nid = $1 AND (h.has_power OR b.sender = t.sender) GROUP BY 1
     ), applied AS (
       DELETE FROM held_redactions h USING redacted r WHERE h.redacts = r.redacts
     ) UPDATE events e SET position = w.place, flags = 0, prev_nids = w.prev_nids,
         state_group = coalesce(e.state_group, $4), redacted_by = coalesce(e.redacted_by, r.by_nid)
       FROM w LEFT JOIN redacted r ON r.redacts = w.event_id
       WHERE e.event_id = w.event_id AND e.room_nid = $1 AND e.position IS NULL AND e.flags = 4
       RETURNING e.event_id AS "eventId", e.event_nid AS "eventNid", e.json, e.type, e.sender`,
    [
      roomNid,
      textArray(events.map((event) => event.eventId)),
      numberArray(events.flatMap((event, i) => event.prevIds.map(() => i + 1))),
      stateGroup,
      textArray(events.flatMap((event) => event.prevIds)),
    ],
  );
}

/** Stores what events relate to. */
export async function putRelations(tx: Queryable, relations: readonly RelationWrite[]): Promise<void> {
  if (relations.length === 0) return;
  await tx.query(
    `INSERT INTO event_relations (event_nid, room_nid, relates_to, rel_type, aggregation_key, type, sender)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
     ON CONFLICT DO NOTHING`,
    [
      numberArray(relations.map((r) => r.eventNid)),
      numberArray(relations.map((r) => r.roomNid)),
      textArray(relations.map((r) => r.relatesTo)),
      textArray(relations.map((r) => r.relType)),
      textArray(relations.map((r) => r.key)),
      textArray(relations.map((r) => r.type)),
      textArray(relations.map((r) => r.sender)),
    ],
  );
}
