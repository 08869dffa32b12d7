import type { Queryable } from '../database.ts';
import { clean, type EventFilter, filterConditions, Parameters } from '../timeline/event-filter.ts';
import type { SearchKey } from './search-entries.ts';

/** What is searched for, by whom. */
export interface EventSearch {
  userId: string;
  /** As people type: words, "phrases", -not, or. */
  term: string;
  keys: SearchKey[];
  order: 'rank' | 'recent';
  filter: EventFilter;
  /** Rooms to search or to leave out; undefined leaves it open. */
  roomIds: readonly string[] | undefined;
  notRoomIds: readonly string[] | undefined;
  /** Only events by this sender. */
  sender: string | undefined;
  /** Only events before this place of the events stream. */
  before: number | undefined;
  skip: number;
  limit: number;
}

/** A found event. */
export interface EventMatch {
  eventNid: number;
  rank: number;
  position: number;
}

/** Found events, and about how many there are in all. */
export interface EventMatches {
  matches: EventMatch[];
  count: number;
}

// A word that is everywhere doesn't have to be ranked everywhere: the newest events are looked at.
const MOST_MATCHES = 10_000;

/**
 * Events whose texts match, in the rooms that the user is in, and in those left up to the leaving. What the user may see
 * of them is not decided here.
 */
export async function findEvents(db: Queryable, search: EventSearch): Promise<EventMatches> {
  const p = new Parameters();
  const user = p.add(search.userId);
  const term = p.add(search.term);
  const conditions = [
    `s.words @@ websearch_to_tsquery('simple', ${term})`,
    `s.key = ANY(${p.add(search.keys)}::text[])`,
    's.position <= w.until',
    'e.redacted_by IS NULL',
    ...filterConditions(search.filter, p),
  ];
  if (search.roomIds) conditions.push(`w.room_id = ANY(${p.add(clean(search.roomIds))}::text[])`);
  if (search.notRoomIds?.length) conditions.push(`w.room_id <> ALL(${p.add(clean(search.notRoomIds))}::text[])`);
  if (search.sender !== undefined) conditions.push(`e.sender = ${p.add(search.sender)}`);
  const order = search.order === 'rank' ? 'rank DESC, position DESC' : 'position DESC';
  const before = p.add(search.before ?? Number.MAX_SAFE_INTEGER);
  const rows = await db.query<EventMatch & { count: number }>(
    `WITH readable AS (
       SELECT m.room_nid, r.room_id, CASE WHEN m.membership = 'join' THEN ${Number.MAX_SAFE_INTEGER} ELSE (
         SELECT max(c.position) FROM membership_changes c WHERE c.user_id = ${user} AND c.room_nid = m.room_nid
           AND c.previous = 'join' AND c.membership <> 'join') END AS until
       FROM memberships m JOIN rooms r ON r.room_nid = m.room_nid
       WHERE m.user_id = ${user} AND NOT m.forgotten),
     matches AS MATERIALIZED (
       SELECT s.event_nid, s.position, s.words FROM search_entries s JOIN readable w ON w.room_nid = s.room_nid
       JOIN events e ON e.event_nid = s.event_nid
       WHERE ${conditions.join(' AND ')} ORDER BY s.position DESC LIMIT ${MOST_MATCHES})
     SELECT m.event_nid AS "eventNid", m.position,
       ts_rank_cd(m.words, websearch_to_tsquery('simple', ${term}), 1)::float8 AS rank,
       (SELECT count(*) FROM matches) AS count
     FROM matches m WHERE m.position < ${before}
     ORDER BY ${order} LIMIT ${p.add(search.limit)} OFFSET ${p.add(search.skip)}`,
    p.values,
  );
  return { matches: rows.map(({ count: _count, ...match }) => match), count: rows[0]?.count ?? 0 };
}
