import type { JsonObject } from '../../spec/json.ts';
import { getRoomVersion } from '../../spec/room-versions.ts';
import { getMembershipsByRoomId } from '../../storage/rooms/memberships.ts';
import type { RoomSummaryRow } from '../../storage/rooms/room-summaries.ts';
import { getRoomsForUser } from '../../storage/timeline/spaces.ts';
import type { Context } from '../context.ts';
import { publicRoom } from '../rooms/public-rooms.ts';
import { roomSummaries } from '../rooms/room-summary.ts';

/** What a user gets to know of a room without being in it. */
export interface RoomPreview {
  summary: RoomSummaryRow;
  membership: string | null;
}

/**
 * Previews of the rooms, among those given, that a user is in, may enter, may knock on or may look into (client-server
 * API, spaces, hierarchy). The others are left out. A handful of queries, however many rooms.
 * @param userId undefined for somebody without an account.
 * @param everything leaves none out, for an administrator.
 */
export async function roomPreviews(
  ctx: Context,
  userId: string | undefined,
  roomIds: string[],
  everything = false,
): Promise<Map<string, RoomPreview>> {
  const rooms = await getRoomsForUser(
    ctx.db,
    userId,
    roomIds.filter((roomId) => !roomId.includes('\0')),
  );
  const summaries = await roomSummaries(
    ctx,
    rooms.map((room) => room.roomNid),
  );
  const conditions = [...summaries.values()].flatMap((summary) =>
    isRestricted(summary) ? summary.allowedRoomIds : [],
  );
  const allowed = new Set<string>();
  if (userId !== undefined && conditions.length > 0) {
    for (const { roomId, membership } of await getMembershipsByRoomId(ctx.db, userId, [...new Set(conditions)])) {
      if (membership === 'join') allowed.add(roomId);
    }
  }
  const previews = new Map<string, RoomPreview>();
  for (const { roomNid, roomId, membership } of rooms) {
    const summary = summaries.get(roomNid);
    if (!summary) continue;
    const open =
      everything ||
      membership === 'join' ||
      membership === 'invite' ||
      summary.historyVisibility === 'world_readable' ||
      ['public', 'knock', 'knock_restricted'].includes(summary.joinRule) ||
      (isRestricted(summary) && summary.allowedRoomIds.some((id) => allowed.has(id)));
    if (open && (everything || membership !== 'ban')) previews.set(roomId, { summary, membership });
  }
  return previews;
}

/** Whether members of certain rooms may join. */
export function isRestricted(summary: RoomSummaryRow): boolean {
  const version = getRoomVersion(summary.roomVersion);
  return (
    (summary.joinRule === 'restricted' && version?.restricted === true) ||
    (summary.joinRule === 'knock_restricted' && version?.knockRestricted === true)
  );
}

/** A preview as clients get it (RoomSummary). */
export function previewObject({ summary }: RoomPreview): JsonObject {
  const preview = publicRoom(summary);
  preview['room_version'] = summary.roomVersion;
  if (summary.encryption !== null) preview['encryption'] = summary.encryption;
  if (isRestricted(summary)) preview['allowed_room_ids'] = summary.allowedRoomIds;
  return preview;
}
