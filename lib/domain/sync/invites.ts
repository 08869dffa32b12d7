import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { EVENT_OUTLIER, type EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { getMemberEvents } from '../../storage/sync/members.ts';
import { getPreviewState } from '../../storage/sync/state.ts';
import type { UserRoom } from '../../storage/sync/user-rooms.ts';
import type { Context } from '../context.ts';
import { clientEvent, strippedEvent } from '../events/client-event.ts';
import type { SyncScope } from './sync-request.ts';

/** State that somebody who is not in a room gets to see of it (client-server API, stripped state). */
const PREVIEW_TYPES = [
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
  const previewed = await strippedStates(ctx, scope, rooms);
  return Object.fromEntries(
    rooms.map(({ roomNid, roomId }) => [roomId, JSON.stringify({ [key]: { events: previewed.get(roomNid) ?? [] } })]),
  );
}

/** What somebody who is invited to rooms, or has knocked, gets to see of them, by room. */
export async function strippedStates(
  ctx: Context,
  scope: Pick<SyncScope, 'request' | 'viewer'>,
  rooms: UserRoom[],
): Promise<Map<number, JsonObject[]>> {
  const previewed = new Map<number, JsonObject[]>();
  if (rooms.length === 0) return previewed;
  const roomNids = rooms.map((room) => room.roomNid);
  const inviters = rooms.filter((room) => room.sender !== scope.request.userId);
  const [state, own, others] = await Promise.all([
    getPreviewState(ctx.db, roomNids, PREVIEW_TYPES),
    getEventsByNid(
      ctx.db,
      rooms.map((room) => room.eventNid),
    ),
    getMemberEvents(
      ctx.db,
      inviters.map((room) => [room.roomNid, room.sender]),
    ),
  ]);
  for (const { roomNid } of rooms) {
    const ofRoom = (row: { roomNid: number }) => row.roomNid === roomNid;
    const ownRows = own.filter(ofRoom);
    const given = ownRows.flatMap(givenState);
    const events = given.length > 0 ? given : [...state, ...others].filter(ofRoom).map(strippedEvent);
    // The reader's own member event comes whole, and last: clients show its time and reason.
    for (const row of ownRows) events.push(clientEvent(row, scope.viewer));
    previewed.set(roomNid, events);
  }
  return previewed;
}

/** What another server has told with an invite or a knock, of a room that this one is not in. */
export function givenState(row: EventRow): JsonObject[] {
  if ((row.flags & EVENT_OUTLIER) === 0 || !row.json.includes('"unsigned"')) return [];
  const { unsigned } = JSON.parse(row.json) as { unsigned?: JsonObject };
  const state = unsigned?.['invite_room_state'] ?? unsigned?.['knock_room_state'];
  if (!Array.isArray(state)) return [];
  return state.filter(isJsonObject).flatMap(({ type, state_key: key, sender, content }) => {
    const isWhole = typeof type === 'string' && typeof key === 'string' && typeof sender === 'string';
    // The reader's own member event comes anyway.
    if (!isWhole || !isJsonObject(content) || (type === 'm.room.member' && key === row.stateKey)) return [];
    return [{ type, sender, content, state_key: key }];
  });
}
