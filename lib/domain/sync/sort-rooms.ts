import { getChangedRooms, getRoomsJoinedAt, type UserRoom } from '../../storage/sync/user-rooms.ts';
import type { Context } from '../context.ts';
import { includesLeft, roomAllowed } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

/** A room of the answer whose timeline and state are told. */
export interface RoomWork {
  room: UserRoom;
  /** The reader is in the room; otherwise has left it. */
  joined: boolean;
  /** The room is new to the reader, who gets its whole state and a timeline from the beginning. */
  fresh: boolean;
  /** Whole state: the room is new to the reader, or `full_state` was asked for. */
  whole: boolean;
  /** The reader was in the room all the time, and so may see everything. */
  present: boolean;
  /** The reader was never in the room in this stretch: its state is none of their business. */
  outside: boolean;
  /** Stretch of the events stream that is told: `from < position <= to`. */
  from: number;
  to: number;
}

/** The reader's rooms by what there is to tell of them. */
export interface SortedRooms {
  joined: RoomWork[];
  /** Rooms of which only receipts, typing or account data may be new. */
  quiet: UserRoom[];
  left: RoomWork[];
  invited: UserRoom[];
  knocked: UserRoom[];
  /** Rooms that the reader has left and come into again: what other servers said meanwhile was not heard. */
  rejoined: number[];
  /** Rooms that the reader was in before and has left. */
  newlyLeft: number[];
}

/** Sorts a reader's rooms. `changedData`: rooms with new account data. */
export async function sortRooms(
  ctx: Context,
  scope: SyncScope,
  changedData: ReadonlyMap<number, unknown>,
): Promise<SortedRooms> {
  const { request, now } = scope;
  const initial = request.since === undefined;
  const since = scope.since.events;
  const sorted: SortedRooms = {
    joined: [],
    quiet: [],
    left: [],
    invited: [],
    knocked: [],
    rejoined: [],
    newlyLeft: [],
  };
  const stayed: UserRoom[] = [];
  const came: UserRoom[] = [];
  const went: UserRoom[] = [];
  for (const room of scope.rooms.values()) {
    if (!roomAllowed(request.filter, room.roomId)) continue;
    const membership = membershipAt(room, now.events);
    if (membership === 'join') {
      if (!initial && (room.joinedAt ?? 0) <= since) stayed.push(room);
      else came.push(room);
      continue;
    }
    if (!initial && leftSince(room, since) && (room.joinedAt as number) <= since) sorted.newlyLeft.push(room.roomNid);
    if (membership === undefined || (!initial && room.position <= since)) continue;
    else if (membership === 'invite') {
      if (!scope.ignored.has(room.sender)) sorted.invited.push(room);
    } else if (membership === 'knock') sorted.knocked.push(room);
    else if (initial ? includesLeft(request.filter) && !room.forgotten : !room.forgotten || leftSince(room, since)) {
      // Who has forgotten a room on one device is told on the others that it is left.
      went.push(room);
    }
  }

  // Somebody who left and came (or came and left) may have been there before that as well: only the database knows.
  const wasIn = await getRoomsJoinedAt(
    ctx.db,
    request.userId,
    initial ? [] : [...came, ...went].filter((room) => movedTwice(room, since)).map((room) => room.roomNid),
    since,
  );
  for (const room of came) {
    const fresh = !wasIn.has(room.roomNid);
    if (!fresh) sorted.rejoined.push(room.roomNid);
    const whole = fresh || request.fullState;
    const from = fresh ? 0 : since;
    sorted.joined.push({ room, joined: true, fresh, whole, present: false, outside: false, from, to: now.events });
  }
  for (const room of went) {
    const stay = initial ? room.leftAt !== null : leftSince(room, since);
    const known = !initial && stay && ((room.joinedAt as number) <= since || wasIn.has(room.roomNid));
    if (wasIn.has(room.roomNid)) sorted.newlyLeft.push(room.roomNid);
    sorted.left.push({
      room,
      joined: false,
      fresh: stay && !known,
      whole: stay && (!known || request.fullState),
      present: false,
      outside: !stay,
      from: known ? since : stay ? 0 : Math.max(since, initial ? room.position - 1 : 0),
      to: stay ? (room.leftAt as number) : room.position,
    });
  }

  const changed = await changedSince(ctx, stayed, since);
  const { receipts } = ctx.sync.changes;
  for (const room of stayed) {
    if (request.fullState || changed.has(room.roomNid)) {
      sorted.joined.push({
        room,
        joined: true,
        fresh: false,
        whole: request.fullState,
        present: true,
        outside: false,
        from: since,
        to: now.events,
      });
    } else if (
      changedData.has(room.roomNid) ||
      receipts.mayHaveChanged(room.roomNid, scope.since.receipts) ||
      (ctx.sync.typing.get(room.roomNid)?.position ?? 0) > scope.since.typing
    ) {
      sorted.quiet.push(room);
    }
  }
  return sorted;
}

/** The membership at a place in the events stream; undefined when it isn't known, which the next sync makes up for. */
export function membershipAt(room: UserRoom, position: number): string | undefined {
  if (room.position <= position) return room.membership;
  const joined = room.joinedAt !== null && room.joinedAt <= position;
  if (room.membership === 'join') return joined ? 'join' : undefined;
  return joined && room.leftAt !== null && room.leftAt > position ? 'join' : undefined;
}

/** The last stay began after `since`, and one (perhaps this one) ended after it. */
function movedTwice(room: UserRoom, since: number): boolean {
  return room.joinedAt !== null && room.joinedAt > since && leftSince(room, since);
}

/** The user's last stay ended after `since`. */
export function leftSince(room: UserRoom, since: number): boolean {
  return room.leftAt !== null && room.leftAt > since;
}

async function changedSince(ctx: Context, rooms: UserRoom[], since: number): Promise<Set<number>> {
  const index = ctx.sync.changes.rooms;
  const unsure = rooms.filter((room) => index.mayHaveChanged(room.roomNid, since)).map((room) => room.roomNid);
  return new Set(since < index.floor ? await getChangedRooms(ctx.db, unsure, since) : unsure);
}
