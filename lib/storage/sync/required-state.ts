import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS } from '../events/read-events.ts';
import { EVENT_JOINS } from './timelines.ts';

/** Which state events are wanted. */
export interface StateWanted {
  /** All of them; of members only those that are named when `exceptMembers`. */
  all: boolean;
  exceptMembers: boolean;
  /** Everything of these types. */
  types: string[];
  /** Everything with these state keys. */
  stateKeys: string[];
  /** (type, state key). */
  pairs: [string, string][];
}

/**
 * The wanted events of rooms' current state. The parts that walk through all of a room's state have conditions that are
 * false before they start where nobody asks for them.
 */
export async function getWantedState(db: Queryable, roomNids: number[], wanted: StateWanted): Promise<EventRow[]> {
  const { all, exceptMembers, types, stateKeys, pairs } = wanted;
  if (roomNids.length === 0 || (!all && types.length + stateKeys.length + pairs.length === 0)) return [];
  return db.query(
    `SELECT ${EVENT_COLUMNS} FROM (
       SELECT c.event_nid FROM unnest($1::bigint[]) AS w(room_nid) CROSS JOIN unnest($2::text[], $3::text[]) AS p(type, state_key)
       JOIN current_state c ON c.room_nid = w.room_nid AND c.type = p.type AND c.state_key = p.state_key
       UNION SELECT event_nid FROM current_state WHERE room_nid = ANY($1::bigint[]) AND type = ANY($4::text[])
       UNION SELECT event_nid FROM current_state
       WHERE cardinality($5::text[]) > 0 AND room_nid = ANY($1::bigint[]) AND state_key = ANY($5::text[])
       UNION SELECT event_nid FROM current_state
       WHERE $6::boolean AND room_nid = ANY($1::bigint[]) AND (NOT $7::boolean OR type <> 'm.room.member')
     ) c JOIN events e ON e.event_nid = c.event_nid ${EVENT_JOINS}`,
    [roomNids, pairs.map((p) => p[0]), pairs.map((p) => p[1]), types, stateKeys, all, exceptMembers],
  );
}
