import type { RoomEventFilter } from '../../spec/filters.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { type EventMatch, findEvents } from '../../storage/search/find-events.ts';
import type { SearchKey } from '../../storage/search/search-entries.ts';
import type { Context } from '../context.ts';
import { clientEventJson, type Viewer } from '../events/client-event.ts';
import { jsonArray, jsonObject } from '../events/json-parts.ts';
import { contentAllowed } from '../timeline/room-event-filter.ts';
import { eventWriter } from '../timeline/show-events.ts';
import { filterVisibleInRooms, type VisibleEvent } from '../timeline/visibility.ts';
import { type ContextRequest, searchContexts } from './search-contexts.ts';
import { stateOfRooms } from './search-state.ts';
import { readCursor, type SearchCursor, writeCursor } from './search-token.ts';

/** What is asked of `room_events`. */
export interface SearchRequest {
  term: string;
  keys: SearchKey[];
  filter: RoomEventFilter;
  order: 'rank' | 'recent';
  limit: number;
  context: ContextRequest | undefined;
  includeState: boolean;
  groupBy: ('room_id' | 'sender')[];
  /** Token of an answer before. */
  nextBatch: string | undefined;
}

interface Found extends VisibleEvent {
  match: EventMatch;
}

/**
 * Answers POST /search for the category `room_events` as JSON text (client-server API, server side search). A fixed
 * number of queries, however many results.
 * @throws MatrixError 400 M_INVALID_PARAM for a wrong token.
 */
export async function searchEvents(ctx: Context, viewer: Viewer, request: SearchRequest): Promise<string> {
  const cursor = readCursor(request.nextBatch);
  const { found, count, next } = await find(ctx, viewer.userId, request, cursor);
  const contexts = request.context ? await searchContexts(ctx, viewer.userId, found, request.context) : undefined;
  const [write, state] = await Promise.all([
    eventWriter(ctx, viewer, [...found, ...(contexts?.events ?? [])]),
    request.includeState
      ? stateOfRooms(ctx, viewer.userId, [...new Set(found.map(({ row }) => row.roomId))])
      : undefined,
  ]);
  const results = found.map((event) =>
    jsonObject({
      rank: String(event.match.rank),
      result: write(event),
      context: contexts?.textFor(event.row, write),
    }),
  );
  const states = state && [...state].map(([roomId, rows]) => [roomId, stateText(rows, viewer)]);
  return jsonObject({
    search_categories: jsonObject({
      room_events: jsonObject({
        count: String(count),
        highlights: JSON.stringify(highlights(request.term)),
        results: jsonArray(results),
        state: states && jsonObject(Object.fromEntries(states)),
        groups: request.groupBy.length > 0 ? JSON.stringify(groups(request.groupBy, found, next)) : undefined,
        next_batch: next && JSON.stringify(writeCursor(next)),
      }),
    }),
  });
}

async function find(ctx: Context, userId: string, request: SearchRequest, cursor: SearchCursor) {
  const { filter, limit, order } = request;
  const { matches, count } = await findEvents(ctx.db, {
    userId,
    term: request.term.replaceAll('\0', ' '),
    keys: request.keys,
    order,
    filter,
    roomIds: cursor.group?.key === 'room_id' ? [cursor.group.value] : filter.rooms,
    notRoomIds: filter.notRooms,
    sender: cursor.group?.key === 'sender' ? cursor.group.value : undefined,
    before: cursor.before,
    skip: cursor.skip,
    limit: limit + 1,
  });
  const page = matches.slice(0, limit);
  const rows = new Map(
    (
      await getEventsByNid(
        ctx.db,
        page.map((match) => match.eventNid),
      )
    ).map((row) => [row.eventNid, row]),
  );
  const inOrder = page.flatMap((match) => rows.get(match.eventNid) ?? []).filter((row) => contentAllowed(filter, row));
  const visible = await filterVisibleInRooms(ctx, userId, inOrder);
  const byNid = new Map(page.map((match) => [match.eventNid, match]));
  const found: Found[] = visible.map((event) => ({ ...event, match: byNid.get(event.row.eventNid) as EventMatch }));
  const last = page.at(-1);
  const more = matches.length > limit && last !== undefined;
  const next: SearchCursor | undefined = more
    ? order === 'recent'
      ? { ...cursor, before: last.position }
      : { ...cursor, skip: cursor.skip + limit }
    : undefined;
  return { found, count, next };
}

/** Results by the wanted keys, in the order in which each value comes first. */
function groups(keys: SearchRequest['groupBy'], found: Found[], next: SearchCursor | undefined): JsonObject {
  const all: JsonObject = {};
  for (const key of new Set(keys)) {
    const byValue = Map.groupBy(found, ({ row }) => (key === 'room_id' ? row.roomId : row.sender));
    const groupsOfKey: JsonObject = {};
    let order = 0;
    for (const [value, events] of byValue) {
      const group: JsonObject = { order: ++order, results: events.map(({ row }) => row.eventId) };
      // By rank a group has no place of its own to go on from.
      if (next?.before !== undefined) group['next_batch'] = writeCursor({ ...next, group: { key, value } });
      groupsOfKey[value] = group;
    }
    all[key] = groupsOfKey;
  }
  return all;
}

function stateText(rows: EventRow[], viewer: Viewer): string {
  return jsonArray(rows.map((row) => clientEventJson(row, viewer)));
}

/** The words that were searched for, without those that must not occur. */
function highlights(term: string): string[] {
  const words = term.toLowerCase().matchAll(/(?<![\p{L}\p{N}])(-?)([\p{L}\p{N}]+)/gu);
  return [
    ...new Set([...words].filter(([, not, word]) => not === '' && word !== 'or').map(([, , word]) => word as string)),
  ];
}
