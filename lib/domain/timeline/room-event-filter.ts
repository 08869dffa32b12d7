import { badJson } from '../../spec/errors.ts';
import { matchesEvent, parseRoomEventFilter, type RoomEventFilter } from '../../spec/filters.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { visiblePdu } from '../events/client-event.ts';

/**
 * Reads the query parameter `filter`, a RoomEventFilter as JSON.
 * @throws MatrixError 400 M_BAD_JSON when it is no JSON or has the wrong shape.
 */
export function readFilterParameter(text: string | undefined): RoomEventFilter {
  if (text === undefined || text === '') return parseRoomEventFilter(undefined);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badJson('The query parameter filter is not valid JSON.');
  }
  return parseRoomEventFilter(value);
}

/** What of the filter the database doesn't decide: whether the content has a `url`. */
export function contentAllowed(filter: RoomEventFilter, row: EventRow): boolean {
  if (filter.containsUrl === undefined) return true;
  return Object.hasOwn(visiblePdu(row).content, 'url') === filter.containsUrl;
}

/** The filter applied to an event at hand. Who relates to the event is not looked at. */
export function eventAllowed(filter: RoomEventFilter, row: EventRow): boolean {
  const content = filter.containsUrl !== undefined || filter.relTypes !== undefined || filter.notRelTypes !== undefined;
  return matchesEvent(filter, {
    type: row.type,
    sender: row.sender,
    room_id: row.roomId,
    content: content ? visiblePdu(row).content : undefined,
  });
}
