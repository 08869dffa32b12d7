import { numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** Which part of an event's content a text is. */
export type SearchKey = 'content.body' | 'content.name' | 'content.topic';

/** A text that can be searched for. */
export interface SearchEntry {
  eventNid: number;
  roomNid: number;
  position: number;
  key: SearchKey;
  text: string;
}

/** Adds texts; those that are there stay. */
export async function addSearchEntries(db: Queryable, entries: SearchEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await db.query(
    `INSERT INTO search_entries (event_nid, room_nid, position, key, words)
     SELECT n.event_nid, n.room_nid, n.position, n.key, to_tsvector('simple', n.text)
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])
       AS n(event_nid, room_nid, position, key, text)
     ON CONFLICT (event_nid) DO NOTHING`,
    [
      numberArray(entries.map((e) => e.eventNid)),
      numberArray(entries.map((e) => e.roomNid)),
      numberArray(entries.map((e) => e.position)),
      textArray(entries.map((e) => e.key)),
      textArray(entries.map((e) => e.text)),
    ],
  );
}

/** Removes the texts of those of the events that have been redacted. */
export async function removeRedacted(db: Queryable, eventIds: string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await db.query(
    `DELETE FROM search_entries s USING events e
     WHERE e.event_id = ANY($1::text[]) AND e.redacted_by IS NOT NULL AND s.event_nid = e.event_nid`,
    [eventIds],
  );
}
