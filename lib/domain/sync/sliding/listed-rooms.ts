import { getAccountDataOfType } from '../../../storage/account-data/account-data.ts';
import { getSpaceChildren } from '../../../storage/sync/room-facts.ts';
import type { UserRoom } from '../../../storage/sync/user-rooms.ts';
import { readDirectRooms } from '../../account-data/direct-rooms.ts';
import type { Context } from '../../context.ts';
import { membershipAt } from '../sort-rooms.ts';
import type { SyncScope } from '../sync-request.ts';
import type { RoomFacts } from './room-facts.ts';
import type { RoomListFilter, SlidingRequest } from './sliding-request.ts';

/** A room of a user as sliding sync sees it. */
export interface ListedRoom {
  room: UserRoom;
  /** At the place in the events stream to which the answer leads. */
  membership: string;
  /** Undefined for rooms that this server knows by an invite or a knock only. */
  facts: RoomFacts | undefined;
  /** Place of the last thing that the user may know of. */
  activity: number;
}

/**
 * A user's rooms by activity, the latest first (MSC4186, lists): those that the user is in, is invited to, has knocked
 * on, or was put out of.
 */
export async function listedRooms(ctx: Context, scope: SyncScope): Promise<ListedRoom[]> {
  const listed: ListedRoom[] = [];
  const facts = await ctx.sync.roomFacts.of([...scope.rooms.keys()]);
  for (const room of scope.rooms.values()) {
    const membership = membershipAt(room, scope.now.events);
    if (membership === undefined || !isListed(room, membership, scope)) continue;
    const known = facts.get(room.roomNid);
    const activity = membership === 'join' ? (known?.position ?? room.position) : room.position;
    listed.push({ room, membership, facts: known, activity });
  }
  return listed.sort((a, b) => b.activity - a.activity);
}

function isListed(room: UserRoom, membership: string, scope: SyncScope): boolean {
  if (membership === 'join' || membership === 'knock') return true;
  if (membership === 'invite') return !scope.ignored.has(room.sender);
  // Somebody who was put out may not have seen it yet. Who left knows, and who was never there has no use for it.
  return !room.forgotten && room.leftAt !== null && room.sender !== scope.request.userId;
}

/** The names of the lists that each room is in the ranges of, and how many rooms each list has. */
export async function sortIntoLists(
  ctx: Context,
  request: SlidingRequest,
  rooms: ListedRoom[],
): Promise<{ listsOf: Map<number, string[]>; lists: Map<string, { count: number; windows: Window[] }> }> {
  const listsOf = new Map<number, string[]>();
  const lists = new Map<string, { count: number; windows: Window[] }>();
  for (const [name, list] of request.lists) {
    const matches = await filterOf(ctx, request.userId, list.filter, rooms);
    const matching = rooms.filter(matches);
    const ranges: [number, number][] = list.ranges ?? [[0, Math.max(matching.length - 1, 0)]];
    const windows = ranges.map((range) => ({ range, rooms: matching.slice(range[0], range[1] + 1) }));
    for (const { room } of new Set(windows.flatMap((window) => window.rooms))) {
      const names = listsOf.get(room.roomNid);
      if (names) names.push(name);
      else listsOf.set(room.roomNid, [name]);
    }
    lists.set(name, { count: matching.length, windows });
  }
  return { listsOf, lists };
}

/** A range of a list and the rooms in it. */
export interface Window {
  range: [number, number];
  rooms: ListedRoom[];
}

async function filterOf(
  ctx: Context,
  userId: string,
  filter: RoomListFilter,
  rooms: ListedRoom[],
): Promise<(room: ListedRoom) => boolean> {
  const { isDm, spaces, isEncrypted, isInvite, roomTypes, notRoomTypes, tags, notTags } = filter;
  const nameLike = filter.nameLike?.toLowerCase();
  const [direct, children, tagsOf] = await Promise.all([
    isDm === undefined ? undefined : readDirectRooms(ctx, userId),
    spaces && childrenOf(ctx, spaces, rooms),
    tags || notTags ? roomTags(ctx, userId) : undefined,
  ]);
  const tagged = (roomNid: number, names: string[]) => names.some((name) => tagsOf?.get(roomNid)?.has(name));
  return ({ room: { roomNid, roomId }, membership, facts }) =>
    (direct === undefined || direct.has(roomId) === isDm) &&
    (children === undefined || children.has(roomId)) &&
    (isEncrypted === undefined || facts?.encrypted === isEncrypted) &&
    (isInvite === undefined || (membership === 'invite') === isInvite) &&
    (roomTypes === undefined || (facts !== undefined && roomTypes.includes(facts.roomType))) &&
    (notRoomTypes === undefined || !notRoomTypes.includes(facts?.roomType ?? null)) &&
    (nameLike === undefined || (facts?.name?.toLowerCase().includes(nameLike) ?? false)) &&
    (tags === undefined || tagged(roomNid, tags)) &&
    (notTags === undefined || !tagged(roomNid, notTags));
}

async function childrenOf(ctx: Context, spaces: string[], rooms: ListedRoom[]): Promise<Set<string>> {
  const joined = rooms.filter(({ room, membership }) => membership === 'join' && spaces.includes(room.roomId));
  return new Set(
    await getSpaceChildren(
      ctx.db,
      joined.map(({ room }) => room.roomNid),
    ),
  );
}

async function roomTags(ctx: Context, userId: string): Promise<Map<number, Set<string>>> {
  const rows = await getAccountDataOfType(ctx.db, userId, 'm.tag');
  return new Map(
    rows.map(({ roomNid, json }) => {
      const { tags } = JSON.parse(json ?? '{}') as { tags?: object };
      return [roomNid as number, new Set(Object.keys(tags ?? {}))];
    }),
  );
}
