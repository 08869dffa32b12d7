import { parseFilter } from '../../../spec/filters.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { getRecentEvents } from '../../../storage/events/read-events.ts';
import { getRoomsPresence } from '../../../storage/presence/presence.ts';
import { getReceiptsBetween } from '../../../storage/receipts/receipts.ts';
import { formatSyncToken, parseSyncToken, type SyncToken } from '../../../streams/sync-token.ts';
import type { Context } from '../../context.ts';
import { ANY_USER } from '../../e2ee/device-list-changes.ts';
import { clientEvent } from '../../events/client-event.ts';
import { presenceContent } from '../../presence/presence-events.ts';
import { getRoom } from '../../rooms/room-lookup.ts';
import { canSeeRoom } from '../../timeline/room-access.ts';
import { filterVisible } from '../../timeline/visibility.ts';
import { flattenSync, type SyncAnswer } from './flatten.ts';

/** What a client asks of `GET /events`. */
export interface EventStreamRequest {
  userId: string;
  deviceId: string | null;
  from: string | undefined;
  timeoutMs: number;
  /** A room to look into from outside (guests do). */
  roomId: string | undefined;
  signal: AbortSignal;
}

/** Answer of `GET /events`. */
export interface EventStreamAnswer {
  start: string;
  end: string;
  chunk: JsonObject[];
}

const MOST_PEEKED = 100;

/**
 * New events since a token, waiting for some (client-server API, deprecated `GET /events`).
 * @throws MatrixError 403 for a room that may not be read from outside.
 */
export async function eventStream(ctx: Context, request: EventStreamRequest): Promise<EventStreamAnswer> {
  const since = request.from === undefined ? ctx.sync.position() : parseSyncToken(request.from);
  if (request.roomId !== undefined) {
    const room = await getRoom(ctx, request.roomId);
    const access = await canSeeRoom(ctx, room, request.userId);
    if (access.kind === 'peeking') return peek(ctx, request, room.roomNid, since);
  }
  const text = await ctx.sync.sync({
    userId: request.userId,
    deviceId: request.deviceId,
    since,
    filter: parseFilter({ room: { timeline: { limit: 100 } } }),
    fullState: false,
    useStateAfter: false,
    timeoutMs: request.timeoutMs,
    signal: request.signal,
  });
  const answer = JSON.parse(text) as SyncAnswer;
  return { start: formatSyncToken(since), end: answer.next_batch, chunk: flattenSync(answer) };
}

async function peek(
  ctx: Context,
  request: EventStreamRequest,
  roomNid: number,
  since: SyncToken,
): Promise<EventStreamAnswer> {
  const { userId, timeoutMs, signal } = request;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let wake = () => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const remove = ctx.sync.waiters.add({ userId, rooms: [roomNid], wake });
    try {
      const now = ctx.sync.position();
      const chunk = await peekedEvents(ctx, request, roomNid, since, now);
      const left = deadline - performance.now();
      if (chunk.length > 0 || left <= 0 || signal.aborted) {
        return { start: formatSyncToken(since), end: formatSyncToken(now), chunk };
      }
      const timer = setTimeout(wake, left);
      signal.addEventListener('abort', wake, { once: true });
      await woken;
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
    } finally {
      remove();
    }
  }
}

/** What is new in a room for somebody outside: events, who types, receipts, how its members are. */
async function peekedEvents(
  ctx: Context,
  request: EventStreamRequest,
  roomNid: number,
  since: SyncToken,
  now: SyncToken,
): Promise<JsonObject[]> {
  const { userId, deviceId, roomId } = request;
  const range = { from: since.events, to: now.events, limit: MOST_PEEKED };
  const rows = await getRecentEvents(ctx.db, roomNid, range);
  const seen = rows.length > 0 ? await filterVisible(ctx, roomNid, userId, rows) : [];
  const viewer = { userId, deviceId, now: ctx.clock.now() };
  const chunk = seen.map(({ row, membership }) => clientEvent(row, viewer, { membership }));
  const typing = ctx.sync.typing.get(roomNid);
  if (typing && typing.position > since.typing) {
    chunk.push({ type: 'm.typing', room_id: roomId as string, content: { user_ids: typing.userIds } });
  }
  for (const receipt of await getReceiptsBetween(ctx.db, [{ roomNid, from: since.receipts }], now.receipts)) {
    if (receipt.receiptType !== 'm.read') continue;
    const content = { [receipt.eventId]: { 'm.read': { [receipt.userId]: { ts: receipt.ts } } } };
    chunk.push({ type: 'm.receipt', room_id: roomId as string, content });
  }
  if (ctx.sync.changes.presence.mayHaveChanged(ANY_USER, since.presence)) {
    for (const row of await getRoomsPresence(ctx.db, [roomNid])) {
      if (row.position <= since.presence || row.position > now.presence) continue;
      chunk.push({ type: 'm.presence', content: { user_id: row.userId, ...presenceContent(row, viewer.now) } });
    }
  }
  return chunk;
}
