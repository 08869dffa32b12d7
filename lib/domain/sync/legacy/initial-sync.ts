import { parseFilter } from '../../../spec/filters.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { getListedRooms } from '../../../storage/sync/user-rooms.ts';
import type { Context } from '../../context.ts';
import { legacyPresence, type SyncAnswer } from './flatten.ts';

/**
 * Everything a client needs to begin with (client-server API, deprecated `GET /initialSync`).
 * @param archived also rooms that the user has left.
 */
export async function legacyInitialSync(
  ctx: Context,
  request: { userId: string; deviceId: string | null; limit: number; archived: boolean; signal: AbortSignal },
): Promise<JsonObject> {
  const { userId, deviceId, limit, archived, signal } = request;
  const text = await ctx.sync.sync({
    userId,
    deviceId,
    since: undefined,
    filter: parseFilter({ room: { timeline: { limit }, include_leave: archived } }),
    fullState: false,
    useStateAfter: false,
    timeoutMs: 0,
    signal,
  });
  const answer = JSON.parse(text) as SyncAnswer;
  const { join = {}, invite = {}, leave = {} } = answer.rooms ?? {};
  const listed = new Set(await getListedRooms(ctx.db, [...Object.keys(join), ...Object.keys(leave)]));
  const rooms: JsonObject[] = [];
  const receipts: JsonObject[] = [];
  for (const [membership, section] of [
    ['join', join],
    ['leave', leave],
  ] as const) {
    for (const [roomId, room] of Object.entries(section)) {
      const chunk = room.timeline.events ?? [];
      rooms.push({
        room_id: roomId,
        membership,
        visibility: listed.has(roomId) ? 'public' : 'private',
        messages: { start: room.timeline.prev_batch, end: answer.next_batch, chunk: chunk.map(withUserId) },
        state: stateAtEnd(room.state.events ?? [], chunk).map(withUserId),
        account_data: room.account_data?.events ?? [],
      });
      const ephemeral = 'ephemeral' in room ? (room.ephemeral as { events?: JsonObject[] }).events : [];
      for (const event of ephemeral ?? [])
        if (event['type'] === 'm.receipt') receipts.push({ ...event, room_id: roomId });
    }
  }
  for (const [roomId, room] of Object.entries(invite)) {
    const own = room.invite_state.events?.at(-1);
    rooms.push({ room_id: roomId, membership: 'invite', inviter: own?.['sender'] ?? null, invite: own ?? null });
  }
  return {
    end: answer.next_batch,
    rooms,
    presence: (answer.presence?.events ?? []).map(legacyPresence),
    // Push rules have an endpoint of their own, and this one never carried them.
    account_data: (answer.account_data?.events ?? []).filter((event) => event['type'] !== 'm.push_rules'),
    receipts,
  };
}

/** The sender under its old name as well, as this endpoint has always given it. */
function withUserId(event: JsonObject): JsonObject {
  return { ...event, user_id: event['sender'] ?? null };
}

/** `/sync` gives the state before its timeline, this endpoint that behind it. */
function stateAtEnd(before: JsonObject[], timeline: JsonObject[]): JsonObject[] {
  const state = new Map<string, JsonObject>();
  for (const event of [...before, ...timeline]) {
    if (typeof event['state_key'] === 'string') state.set(`${event['type']}\0${event['state_key']}`, event);
  }
  return [...state.values()];
}
