import { notFound } from '../../../spec/errors.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { getRoomsWithServer } from '../../../storage/federation/servers.ts';
import type { RoomSummaryRow } from '../../../storage/rooms/room-summaries.ts';
import { getRoomsForUser, getSpaceChildren } from '../../../storage/timeline/spaces.ts';
import type { Context } from '../../context.ts';
import { roomSummaries } from '../../rooms/room-summary.ts';
import { type Child, childrenInOrder } from '../../timeline/hierarchy.ts';
import { isRestricted, previewObject } from '../../timeline/room-previews.ts';

const MOST_CHILDREN = 100;

/**
 * A space and its children, as far as users of a server could look into or enter them (server-server API, `GET
 * /hierarchy/{roomId}`). Rooms that this server does not know are left out.
 * @throws MatrixError 404 M_NOT_FOUND for a space that is unknown, or out of the server's reach.
 */
export async function hierarchyForServer(
  ctx: Context,
  origin: string,
  roomId: string,
  suggestedOnly: boolean,
): Promise<JsonObject> {
  const [space] = [...(await summariesOf(ctx, [roomId])).values()];
  if (!space || !(await reachable(ctx, origin, [space])).has(roomId)) throw notFound(`There is no room ${roomId}.`);
  const own = await childrenOf(ctx, [space], suggestedOnly);
  const wanted = (own.get(roomId) ?? []).slice(0, MOST_CHILDREN).map((child) => child.roomId);
  const known = await summariesOf(ctx, wanted);
  const open = await reachable(ctx, origin, [...known.values()]);
  const grandchildren = await childrenOf(ctx, [...known.values()], suggestedOnly);
  const entry = (summary: RoomSummaryRow, children: Child[]): JsonObject => ({
    ...previewObject({ summary, membership: null }),
    children_state: children.map((child) => child.stripped),
  });
  const rooms = wanted.flatMap((id) => known.get(id) ?? []);
  return {
    room: entry(space, own.get(roomId) ?? []),
    children: rooms
      .filter((room) => open.has(room.roomId))
      .map((room) => entry(room, grandchildren.get(room.roomId) ?? [])),
    inaccessible_children: rooms.filter((room) => !open.has(room.roomId)).map((room) => room.roomId),
  };
}

async function summariesOf(ctx: Context, roomIds: string[]): Promise<Map<string, RoomSummaryRow>> {
  const rooms = await getRoomsForUser(
    ctx.db,
    undefined,
    roomIds.filter((id) => !id.includes('\0')),
  );
  const summaries = await roomSummaries(
    ctx,
    rooms.map((room) => room.roomNid),
  );
  return new Map([...summaries.values()].map((summary) => [summary.roomId, summary]));
}

async function childrenOf(
  ctx: Context,
  spaces: RoomSummaryRow[],
  suggestedOnly: boolean,
): Promise<Map<string, Child[]>> {
  const nids = spaces.filter((room) => room.roomType === 'm.space').map((room) => room.roomNid);
  const rows = Map.groupBy(await getSpaceChildren(ctx.db, nids), (row) => row.roomId);
  return new Map([...rows].map(([roomId, own]) => [roomId, childrenInOrder(own, suggestedOnly)]));
}

/** Ids of the rooms that users of a server could look into or enter. */
async function reachable(ctx: Context, origin: string, rooms: RoomSummaryRow[]): Promise<Set<string>> {
  const conditions = rooms.flatMap((room) => (isRestricted(room) ? room.allowedRoomIds : []));
  const present = await getRoomsWithServer(ctx.db, [...rooms.map((room) => room.roomId), ...conditions], origin);
  const isOpen = (room: RoomSummaryRow) =>
    present.has(room.roomId) ||
    room.historyVisibility === 'world_readable' ||
    ['public', 'knock', 'knock_restricted'].includes(room.joinRule) ||
    (isRestricted(room) && room.allowedRoomIds.some((id) => present.has(id)));
  return new Set(rooms.filter(isOpen).map((room) => room.roomId));
}
