import { badJson } from './errors.ts';
import { fitsIdLength } from './ids.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { parsePropertyPath, propertyAt } from './push-rules/property-path.ts';

/** Which events are wanted (client-server `#filtering`, EventFilter). A list that is absent allows everything. */
export interface EventFilter {
  /** Most events to return; the caller applies a default and a cap, see {@link limitOf}. */
  limit?: number;
  /** Event types; `*` stands for any run of characters. */
  types?: readonly string[];
  /** Wins over `types`. */
  notTypes?: readonly string[];
  senders?: readonly string[];
  /** Wins over `senders`. */
  notSenders?: readonly string[];
}

/** Which events of rooms are wanted (client-server `#filtering`, RoomEventFilter). */
export interface RoomEventFilter extends EventFilter {
  rooms?: readonly string[];
  /** Wins over `rooms`. */
  notRooms?: readonly string[];
  /** True: only events with a `url` in their content; false: only those without. */
  containsUrl?: boolean;
  lazyLoadMembers: boolean;
  includeRedundantMembers: boolean;
  unreadThreadNotifications: boolean;
  /** Relation types of the event's own `m.relates_to` (MSC3874). */
  relTypes?: readonly string[];
  notRelTypes?: readonly string[];
  /** Only events that events by these senders relate to (MSC3440). Left to whoever knows the relations. */
  relatedBySenders?: readonly string[];
  /** Only events that events relate to in one of these ways. As `relatedBySenders`. */
  relatedByRelTypes?: readonly string[];
}

/** The `room` part of a filter. */
export interface RoomFilter {
  rooms?: readonly string[];
  notRooms?: readonly string[];
  includeLeave: boolean;
  timeline: RoomEventFilter;
  state: RoomEventFilter;
  ephemeral: RoomEventFilter;
  accountData: RoomEventFilter;
}

/** A filter as `/sync` takes it, with everything that was left out filled in. */
export interface Filter {
  /** Paths of the fields that events are cut down to; undefined for whole events. */
  eventFields?: ReadonlyArray<readonly string[]>;
  eventFormat: 'client' | 'federation';
  presence: EventFilter;
  accountData: EventFilter;
  room: RoomFilter;
}

/** What filters look at in an event. */
export interface FilterableEvent {
  type: string;
  sender?: string;
  room_id?: string;
  content?: unknown;
}

/** Most entries of a list in a filter. */
const MAX_ENTRIES = 5000;
/** Most entries of `event_fields`. */
const MAX_FIELDS = 500;

/**
 * Reads a filter (client-server `POST /user/{userId}/filter`). Unknown members are passed over.
 *
 * @param json the parsed body; undefined gives the filter that lets everything through
 * @throws MatrixError 400 `M_BAD_JSON` naming the member that is wrong
 */
export function parseFilter(json: unknown): Filter {
  const filter = objectIn(json, 'filter');
  const format = filter['event_format'];
  if (format !== undefined && format !== 'client' && format !== 'federation') {
    throw badJson('event_format must be "client" or "federation"');
  }
  const room = objectIn(filter['room'], 'room');
  return {
    eventFields: fieldPaths(strings(filter, 'event_fields', 'event_fields')),
    eventFormat: format ?? 'client',
    presence: eventFilter(filter['presence'], 'presence'),
    accountData: eventFilter(filter['account_data'], 'account_data'),
    room: {
      rooms: ids(room, 'rooms', 'room', '!'),
      notRooms: ids(room, 'not_rooms', 'room', '!'),
      includeLeave: flag(room, 'include_leave', 'room') ?? false,
      timeline: parseRoomEventFilter(room['timeline'], 'room.timeline'),
      state: parseRoomEventFilter(room['state'], 'room.state'),
      ephemeral: parseRoomEventFilter(room['ephemeral'], 'room.ephemeral'),
      accountData: parseRoomEventFilter(room['account_data'], 'room.account_data'),
    },
  };
}

/**
 * Reads a filter for room events, as `/messages`, `/context` and `/search` take it.
 * @throws MatrixError 400 `M_BAD_JSON` naming the member that is wrong
 */
export function parseRoomEventFilter(json: unknown, where = 'filter'): RoomEventFilter {
  const filter = objectIn(json, where);
  return {
    ...eventFilter(filter, where),
    rooms: ids(filter, 'rooms', where, '!'),
    notRooms: ids(filter, 'not_rooms', where, '!'),
    containsUrl: flag(filter, 'contains_url', where),
    lazyLoadMembers: flag(filter, 'lazy_load_members', where) ?? false,
    includeRedundantMembers: flag(filter, 'include_redundant_members', where) ?? false,
    unreadThreadNotifications: flag(filter, 'unread_thread_notifications', where) ?? false,
    relTypes: strings(filter, 'rel_types', where) ?? strings(filter, 'org.matrix.msc3874.rel_types', where),
    notRelTypes: strings(filter, 'not_rel_types', where) ?? strings(filter, 'org.matrix.msc3874.not_rel_types', where),
    relatedBySenders: ids(filter, 'related_by_senders', where, '@'),
    relatedByRelTypes: strings(filter, 'related_by_rel_types', where),
  };
}

/** Does the filter let the event through? Parts of room filters apply where `filter` has them. */
export function matchesEvent(filter: EventFilter | RoomEventFilter, event: FilterableEvent): boolean {
  if (!allows(filter.senders, filter.notSenders, event.sender)) return false;
  if (!matchesType(filter, event.type)) return false;
  if (!('lazyLoadMembers' in filter)) return true;
  if (!matchesRoom(filter, event.room_id)) return false;
  const content = isJsonObject(event.content) ? event.content : {};
  if (filter.containsUrl !== undefined && filter.containsUrl !== Object.hasOwn(content, 'url')) return false;
  if (filter.relTypes === undefined && filter.notRelTypes === undefined) return true;
  const relType = propertyAt(content, ['m.relates_to', 'rel_type']);
  return allows(filter.relTypes, filter.notRelTypes, typeof relType === 'string' ? relType : undefined);
}

/** Does the filter let events of that type through, whatever else it asks for? */
export function matchesType(filter: EventFilter, type: string): boolean {
  if (filter.notTypes?.some((pattern) => typeMatches(pattern, type))) return false;
  return filter.types?.some((pattern) => typeMatches(pattern, type)) ?? true;
}

/** Does the filter let events of that room through, by `rooms` and `not_rooms`? */
export function matchesRoom(filter: Pick<RoomEventFilter, 'rooms' | 'notRooms'>, roomId: string | undefined): boolean {
  return allows(filter.rooms, filter.notRooms, roomId);
}

/** Can the filter let nothing through at all? Then nothing needs to be looked for. */
export function matchesNothing(filter: EventFilter | RoomEventFilter): boolean {
  if (filter.limit === 0 || filter.types?.length === 0 || filter.senders?.length === 0) return true;
  if (filter.notTypes?.includes('*')) return true;
  return 'rooms' in filter && filter.rooms?.length === 0;
}

/** How many events to return: what the filter says, `fallback` if nothing, `most` at the most. */
export function limitOf(filter: EventFilter, fallback: number, most: number): number {
  return Math.min(filter.limit ?? fallback, most);
}

/**
 * A copy of the event with nothing but the wanted fields (client-server `#filtering`, `event_fields`); the event itself
 * if all are wanted.
 */
export function applyEventFields<T extends object>(event: T, fields: Filter['eventFields']): T {
  if (fields === undefined) return event;
  const cut: Record<string, unknown> = {};
  for (const path of fields) {
    const value = propertyAt(event, path);
    if (value === undefined) continue;
    let at = cut;
    for (const name of path.slice(0, -1)) {
      // Asked of the copy alone: an event may have a member called like one that all objects inherit.
      if (!Object.hasOwn(at, name)) at[name] = {};
      at = at[name] as Record<string, unknown>;
    }
    at[path[path.length - 1]!] = value;
  }
  return cut as T;
}

/** Is the value allowed by a list of the wanted and one of the unwanted? Where there is none it is not among the wanted. */
function allows(
  wanted: readonly string[] | undefined,
  unwanted: readonly string[] | undefined,
  value: string | undefined,
): boolean {
  if (value === undefined) return wanted === undefined;
  if (unwanted?.includes(value)) return false;
  return wanted?.includes(value) ?? true;
}

function typeMatches(pattern: string, type: string): boolean {
  if (!pattern.includes('*')) return pattern === type;
  const pieces = pattern.split('*');
  const first = pieces[0]!;
  const last = pieces[pieces.length - 1]!;
  if (type.length < first.length + last.length || !type.startsWith(first) || !type.endsWith(last)) return false;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = type.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return from <= type.length - last.length;
}

function eventFilter(json: unknown, where: string): EventFilter {
  const filter = objectIn(json, where);
  return {
    limit: limit(filter, where),
    types: strings(filter, 'types', where),
    notTypes: strings(filter, 'not_types', where),
    senders: ids(filter, 'senders', where, '@'),
    notSenders: ids(filter, 'not_senders', where, '@'),
  };
}

/** Takes paths apart and leaves out those of which a beginning is wanted already. */
function fieldPaths(paths: readonly string[] | undefined): string[][] | undefined {
  if (paths === undefined) return undefined;
  if (paths.length > MAX_FIELDS) throw badJson(`event_fields must not have more than ${MAX_FIELDS} entries`);
  const parsed = paths.map(parsePropertyPath).filter((path) => !path.includes('__proto__'));
  const isPrefix = (a: readonly string[], b: readonly string[]): boolean =>
    a.length < b.length && a.every((name, i) => name === b[i]);
  return parsed.filter((path) => !parsed.some((other) => isPrefix(other, path)));
}

function objectIn(value: unknown, name: string): JsonObject {
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw badJson(`${name} must be an object`);
  return value;
}

function flag(filter: JsonObject, name: string, where: string): boolean | undefined {
  const value = filter[name];
  if (value !== undefined && typeof value !== 'boolean') throw badJson(`${where}.${name} must be true or false`);
  return value;
}

/** Zero is let through although the specification wants more: clients use it to ask for no timeline. */
function limit(filter: JsonObject, where: string): number | undefined {
  const value = filter['limit'];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw badJson(`${where}.limit must be a number of events`);
  }
  return value;
}

function strings(filter: JsonObject, name: string, where: string): string[] | undefined {
  const value = filter[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
    throw badJson(`${where}.${name} must be a list of strings`);
  }
  if (value.length > MAX_ENTRIES) throw badJson(`${where}.${name} must not have more than ${MAX_ENTRIES} entries`);
  return value;
}

function ids(filter: JsonObject, name: string, where: string, sigil: '!' | '@'): string[] | undefined {
  const values = strings(filter, name, where);
  const wrong = values?.find((id) => !id.startsWith(sigil) || !fitsIdLength(id));
  if (wrong !== undefined) {
    throw badJson(`${where}.${name} must be a list of ${sigil === '!' ? 'room' : 'user'} ids`);
  }
  return values;
}
