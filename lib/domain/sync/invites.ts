import { getEventsByNid } from '../../storage/events/read-events.ts';
import { getMemberEventNids } from '../../storage/sync/members.ts';
import { getPreviewState } from '../../storage/sync/timelines.ts';
import type { UserRoom } from '../../storage/sync/user-rooms.ts';
import type { Context } from '../context.ts';
import { clientEvent, strippedEvent, type Viewer } from '../events/client-event.ts';
import type { SyncScope } from './sync-request.ts';

/** State that somebody who is not in a room gets to see of it (client-server API, stripped state). */
export const PREVIEW_TYPES = [
  'm.room.create',
  'm.room.name',
  'm.room.avatar',
  'm.room.topic',
  'm.room.join_rules',
  'm.room.canonical_alias',
  'm.room.encryption',
];

/** `rooms.invite` of a sync answer: room id → JSON text. */
export async function inviteSection(
  ctx: Context,
  scope: SyncScope,
  rooms: UserRoom[],
): Promise<Record<string, string>> {
  return previews(ctx, scope, rooms, 'invite_state');
}

/** `rooms.knock` of a sync answer: room id → JSON text. */
export async function knockSection(ctx: Context, scope: SyncScope, rooms: UserRoom[]): Promise<Record<string, string>> {
  return previews(ctx, scope, rooms, 'knock_state');
}

async function previews(
  ctx: Context,
  scope: SyncScope,
  rooms: UserRoom[],
  key: string,
): Promise<Record<string, string>> {
  const sections: Record<string, string> = {};
  if (rooms.length === 0) return sections;
  const [state, members] = await Promise.all([
    getPreviewState(
      ctx.db,
      rooms.map((r) => r.roomNid),
      PREVIEW_TYPES,
    ),
    getEventsByNid(
      ctx.db,
      rooms.map((r) => r.eventNid),
    ),
  ]);
  const pairs = rooms.map((room): [number, string] => [room.roomNid, room.sender]);
  const inviters = await getEventsByNid(ctx.db, await getMemberEventNids(ctx.db, pairs));
  const viewer: Viewer = { userId: scope.request.userId, deviceId: scope.request.deviceId, now: scope.time };
  for (const room of rooms) {
    const events = state.filter((row) => row.roomNid === room.roomNid).map(strippedEvent);
    for (const row of inviters)
      if (row.roomNid === room.roomNid && row.stateKey === room.sender) events.push(strippedEvent(row));
    for (const row of members) {
      // The reader's own member event comes whole: clients show its time and reason.
      if (row.eventNid === room.eventNid) events.push(clientEvent(row, viewer));
    }
    sections[room.roomId] = JSON.stringify({ [key]: { events } });
  }
  return sections;
}
