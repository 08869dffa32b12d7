import {
  applyEventFields,
  type Filter,
  limitOf,
  matchesEvent,
  matchesNothing,
  matchesRoom,
  matchesType,
  type RoomEventFilter,
} from '../../spec/filters.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { visiblePdu } from '../events/client-event.ts';

const DEFAULT_TIMELINE = 10;
const MOST_TIMELINE = 100;

/** Which events of rooms are wanted. */
export interface EventPredicate {
  /** Lets everything through, so that nothing needs to be looked at. */
  all: boolean;
  matches(row: EventRow): boolean;
}

/** How many timeline events a room gets at most. */
export function timelineLimit(filter: Filter): number {
  return limitOf(filter.room.timeline, DEFAULT_TIMELINE, MOST_TIMELINE);
}

/** Whether members are loaded lazily. */
export function lazyLoads(filter: Filter): boolean {
  return filter.room.state.lazyLoadMembers;
}

/** Whether members that the device knows are to be sent again. */
export function redundantMembers(filter: Filter): boolean {
  return filter.room.state.includeRedundantMembers;
}

/** Whether rooms that the reader has left belong to an initial sync. */
export function includesLeft(filter: Filter): boolean {
  return filter.room.includeLeave;
}

/** Whether unread counts are told by thread. */
export function wantsThreadCounts(filter: Filter): boolean {
  return filter.room.timeline.unreadThreadNotifications;
}

/** Whether anything of a room is wanted. */
export function roomAllowed(filter: Filter, roomId: string): boolean {
  return matchesRoom(filter.room, roomId);
}

/** The filters of timelines and state. */
export function roomFilters(filter: Filter): { timeline: EventPredicate; state: EventPredicate } {
  return { timeline: predicate(filter.room.timeline), state: predicate(filter.room.state) };
}

/** Whether an ephemeral event type is wanted. */
export function ephemeralWanted(filter: Filter, type: string): boolean {
  return matchesType(filter.room.ephemeral, type) && !matchesNothing(filter.room.ephemeral);
}

/** Whether room account data of a type is wanted. */
export function roomAccountDataWanted(filter: Filter, type: string): boolean {
  return matchesType(filter.room.accountData, type) && !matchesNothing(filter.room.accountData);
}

/** Whether global account data of a type is wanted. */
export function accountDataWanted(filter: Filter, type: string): boolean {
  return matchesType(filter.accountData, type) && !matchesNothing(filter.accountData);
}

/** Whether presence is wanted at all. */
export function presenceWanted(filter: Filter): boolean {
  return matchesType(filter.presence, 'm.presence') && !matchesNothing(filter.presence);
}

/** An event's JSON text with the fields that the filter wants. */
export function eventText(filter: Filter, text: string): string {
  if (filter.eventFields === undefined) return text;
  return JSON.stringify(applyEventFields(JSON.parse(text) as object, filter.eventFields));
}

function predicate(filter: RoomEventFilter): EventPredicate {
  const { types, notTypes, senders, notSenders, rooms, notRooms, containsUrl, relTypes, notRelTypes } = filter;
  const parts = [types, notTypes, senders, notSenders, rooms, notRooms, containsUrl, relTypes, notRelTypes];
  if (parts.every((part) => part === undefined)) return { all: true, matches: () => true };
  const content = containsUrl !== undefined || relTypes !== undefined || notRelTypes !== undefined;
  return {
    all: false,
    matches: (row) =>
      matchesRoom(filter, row.roomId) &&
      matchesEvent(filter, {
        type: row.type,
        sender: row.sender,
        content: content ? visiblePdu(row).content : undefined,
      }),
  };
}
