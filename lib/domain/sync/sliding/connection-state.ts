import { RequiredState } from './required-state.ts';

/** What a client has of a room. */
export interface SentRoom {
  /**
   * Place in the events stream up to which it was sent everything; undefined while it is sent everything that happens, so
   * that the connection's token says it.
   */
  sentTo: number | undefined;
  /** The client knows it from inside, not as an invite or the like. */
  inside: boolean;
  /** So many of the newest events, at least, were sent. */
  timelineLimit: number;
  required: RequiredState;
  /** Members who were sent because the timeline needed them, and have not changed since. */
  members: ReadonlySet<string>;
  /** As `sentTo`, of the receipts and account data streams. Null: nothing was sent. */
  receiptsTo: number | undefined | null;
  accountDataTo: number | undefined | null;
}

/** What was sent on a connection up to an answer. Never changed; a new answer makes a new one. */
export interface ConnectionState {
  /** By numeric room id. */
  rooms: ReadonlyMap<number, SentRoom>;
  /** How many rooms each list had. */
  counts: ReadonlyMap<string, number>;
}

/** The state of a connection on which nothing was sent. */
export const NOTHING_SENT: ConnectionState = { rooms: new Map(), counts: new Map() };

/** Numbers stand for themselves; -1: current; -2: nothing sent. */
type Packed = [number, 0 | 1, number, number, number, number, string[]];

const CURRENT = -1;
const NOTHING = -2;

/** A state as it is stored: rooms as short arrays, configurations once each. */
export function encodeState(state: ConnectionState): string {
  const configs: string[] = [];
  const places = new Map<string, number>();
  const rooms: Record<string, Packed> = {};
  for (const [roomNid, room] of state.rooms) {
    let place = places.get(room.required.text);
    if (place === undefined) {
      place = configs.push(room.required.text) - 1;
      places.set(room.required.text, place);
    }
    rooms[roomNid] = [
      room.sentTo ?? CURRENT,
      room.inside ? 1 : 0,
      room.timelineLimit,
      place,
      room.receiptsTo === null ? NOTHING : (room.receiptsTo ?? CURRENT),
      room.accountDataTo === null ? NOTHING : (room.accountDataTo ?? CURRENT),
      [...room.members],
    ];
  }
  return JSON.stringify({ configs, rooms, counts: [...state.counts] });
}

/** Reads {@link encodeState}. */
export function decodeState(text: string): ConnectionState {
  const stored = JSON.parse(text) as {
    configs: string[];
    rooms: Record<string, Packed>;
    counts: [string, number][];
  };
  const configs = stored.configs.map((config) => RequiredState.parse(config));
  const rooms = new Map<number, SentRoom>();
  for (const [roomNid, [sentTo, inside, timelineLimit, place, receiptsTo, accountDataTo, members]] of Object.entries(
    stored.rooms,
  )) {
    rooms.set(Number(roomNid), {
      sentTo: sentTo === CURRENT ? undefined : sentTo,
      inside: inside === 1,
      timelineLimit,
      required: configs[place] as RequiredState,
      receiptsTo: placeOf(receiptsTo),
      accountDataTo: placeOf(accountDataTo),
      members: new Set(members),
    });
  }
  return { rooms, counts: new Map(stored.counts) };
}

function placeOf(stored: number): number | undefined | null {
  return stored === NOTHING ? null : stored === CURRENT ? undefined : stored;
}

/** Whether two states say the same, so that the later one need not be stored. */
export function sameState(a: ConnectionState, b: ConnectionState): boolean {
  if (a.rooms.size !== b.rooms.size || a.counts.size !== b.counts.size) return false;
  for (const [name, count] of a.counts) if (b.counts.get(name) !== count) return false;
  for (const [roomNid, room] of a.rooms) {
    const other = b.rooms.get(roomNid);
    if (room !== other && !(other && sameRoom(room, other))) return false;
  }
  return true;
}

function sameRoom(a: SentRoom, b: SentRoom): boolean {
  return (
    a.sentTo === b.sentTo &&
    a.inside === b.inside &&
    a.timelineLimit === b.timelineLimit &&
    a.required.text === b.required.text &&
    a.receiptsTo === b.receiptsTo &&
    a.accountDataTo === b.accountDataTo &&
    a.members.size === b.members.size &&
    [...a.members].every((userId) => b.members.has(userId))
  );
}
