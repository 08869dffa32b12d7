import {
  type EventFilter,
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
  /** Lets nothing through. */
  none: boolean;
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

/** What rooms' timelines and state may show. */
interface RoomFilters {
  timeline: EventPredicate;
  state: EventPredicate;
}

const filtersOf = new WeakMap<Filter, RoomFilters>();

/** The filters of timelines and state. Made once for a filter: clients ask with the same again and again. */
export function roomFilters(filter: Filter): RoomFilters {
  let filters = filtersOf.get(filter);
  if (!filters) {
    filters = { timeline: predicate(filter.room.timeline), state: predicate(filter.room.state) };
    filtersOf.set(filter, filters);
  }
  return filters;
}

/** Whether member events of rooms' state are wanted at all. */
export function membersWanted(filter: Filter): boolean {
  return matchesType(filter.room.state, 'm.room.member') && !matchesNothing(filter.room.state);
}

/** Whether ephemeral events of a type are wanted; `roomId` absent: of any room. */
export function ephemeralWanted(filter: Filter, type: string, roomId?: string): boolean {
  return partWanted(filter.room.ephemeral, type, roomId);
}

/** Whether account data of a type is wanted of a room. */
export function roomAccountDataWanted(filter: Filter, type: string, roomId: string): boolean {
  return partWanted(filter.room.accountData, type, roomId);
}

/** Whether global account data of a type is wanted. */
export function accountDataWanted(filter: Filter, type: string): boolean {
  return partWanted(filter.accountData, type);
}

/** Whether presence is wanted at all. */
export function presenceWanted(filter: Filter): boolean {
  return partWanted(filter.presence, 'm.presence');
}

/** Whether the presence of a user is wanted, where any is. */
export function presenceOfWanted(filter: Filter, userId: string): boolean {
  const { senders, notSenders } = filter.presence;
  return !notSenders?.includes(userId) && (senders?.includes(userId) ?? true);
}

function partWanted(part: EventFilter | RoomEventFilter, type: string, roomId?: string): boolean {
  if (!matchesType(part, type) || matchesNothing(part)) return false;
  return roomId === undefined || matchesRoom(part as RoomEventFilter, roomId);
}

function predicate(filter: RoomEventFilter): EventPredicate {
  const { types, notTypes, senders, notSenders, rooms, notRooms, containsUrl, relTypes, notRelTypes } = filter;
  const parts = [types, notTypes, senders, notSenders, rooms, notRooms, containsUrl, relTypes, notRelTypes];
  const none = matchesNothing({ ...filter, limit: undefined });
  if (parts.every((part) => part === undefined)) return { all: true, none, matches: () => true };
  const content = containsUrl !== undefined || relTypes !== undefined || notRelTypes !== undefined;
  return {
    all: false,
    none,
    matches: (row) =>
      matchesEvent(filter, {
        type: row.type,
        sender: row.sender,
        room_id: row.roomId,
        content: content ? visiblePdu(row).content : undefined,
      }),
  };
}
