import type { UserRoom } from '../../../storage/sync/user-rooms.ts';
import { formatSyncToken, type SyncToken } from '../../../streams/sync-token.ts';
import type { Context } from '../../context.ts';
import { jsonArray, jsonObject } from '../../events/json-parts.ts';
import type { SyncScope } from '../sync-request.ts';
import { type ConnectionState, NOTHING_SENT, sameState } from './connection-state.ts';
import { e2eeExtension, toDeviceExtension } from './device-extensions.ts';
import { listedRooms, sortIntoLists, type Window } from './listed-rooms.ts';
import {
  accountDataExtension,
  type ExtensionResult,
  receiptsExtension,
  threadSubscriptionsExtension,
  typingExtension,
} from './room-extensions.ts';
import { roomResults } from './room-results.ts';
import { relevantRooms, roomTasks } from './room-tasks.ts';
import type { SlidingRequest } from './sliding-request.ts';
import { asSyncRequest } from './task-timelines.ts';

/** An answer that is ready but for its position. */
interface Draft {
  empty: boolean;
  /** Where the answer leads. */
  now: SyncToken;
  state: ConnectionState;
  /** Members of the answer beside `pos`. */
  members: Record<string, string>;
}

/**
 * Answers sliding sync as JSON text (MSC4186): another view of what `/sync` tells, over the same readers. What the client
 * was sent is kept in the database, so that any process with the sync unit can answer any request.
 * @throws MatrixError 400 M_UNKNOWN_POS for a position that is not one of the connection, 503 when this process can't
 *   read the streams.
 */
export async function slidingSync(ctx: Context, request: SlidingRequest): Promise<string> {
  const { userId, deviceId, connId, pos, signal, timeoutMs } = request;
  const key = { userId, deviceId: deviceId ?? '', connId };
  const { connections } = ctx.sync;
  const before = pos ? await connections.at(key, pos.positionId) : NOTHING_SENT;
  const poll = { userId, since: pos?.token, timeoutMs, atOnce: false, signal };
  const draft = await ctx.sync.poll(poll, (at) => draftAnswer(ctx, request, before, at));
  let positionId: number;
  if (!pos) positionId = await connections.begin(key, draft.state);
  else if (sameState(before, draft.state)) positionId = pos.positionId;
  else positionId = await connections.goOn(key, pos.positionId, draft.state);
  return jsonObject({ pos: `"${formatPos({ positionId, token: draft.now })}"`, ...draft.members });
}

/** A position as clients get it: what was sent, and where the streams were. */
export function formatPos({ positionId, token }: { positionId: number; token: SyncToken }): string {
  return `${positionId}/${formatSyncToken(token)}`;
}

async function draftAnswer(
  ctx: Context,
  request: SlidingRequest,
  before: ConnectionState,
  at: SyncToken | undefined,
): Promise<Draft> {
  const scope = await ctx.sync.scope(asSyncRequest(request), at);
  const listed = await listedRooms(ctx, scope);
  const { lists, listsOf } = await sortIntoLists(ctx, request, listed);
  const relevant = relevantRooms(request, listed, listsOf);
  const moved = movedReceipts(
    ctx,
    scope,
    relevant.map(({ room }) => room),
  );
  const tasks = roomTasks(scope, before, relevant, listed, moved);
  const results = await roomResults(ctx, request, scope, tasks, moved);

  const sent = new Map(before.rooms);
  for (const [roomNid, room] of results.sent) sent.set(roomNid, room);
  for (const roomNid of tasks.gone) sent.delete(roomNid);
  // Rooms that something happened in and that nobody asked for: the client has to catch up when it asks again.
  const asked = new Set(relevant.map(({ room }) => room.roomNid));
  for (const { room, activity } of listed) {
    const known = sent.get(room.roomNid);
    if (known && !asked.has(room.roomNid) && known.sentTo === undefined && activity > scope.since.events)
      sent.set(room.roomNid, { ...known, sentTo: scope.since.events });
  }
  const [accountData, receipts, toDevice, e2ee] = [
    await accountDataExtension(ctx, request, scope, relevant, sent),
    await receiptsExtension(ctx, request, scope, relevant, sent, results.shown),
    await toDeviceExtension(ctx, request, scope),
    await e2eeExtension(ctx, request, scope),
  ];
  const threads = await threadSubscriptionsExtension(ctx, request, scope);
  const typing = typingExtension(ctx, request, scope, relevant, before.rooms);
  const extensions: Record<string, ExtensionResult> = {
    to_device: toDevice,
    e2ee,
    account_data: accountData,
    receipts,
    typing,
    'io.element.msc4308.thread_subscriptions': threads,
  };

  const counts = new Map([...lists].map(([name, { count }]) => [name, count]));
  const counted = [...counts].every(([name, count]) => before.counts.get(name) === count);
  const news = Object.values(extensions).some((extension) => extension.news);
  return {
    empty: Object.keys(results.texts).length === 0 && counted && !news,
    now: scope.now,
    state: { rooms: sent, counts },
    members: {
      lists: jsonObject(Object.fromEntries([...lists].map(([name, list]) => [name, listText(list)]))),
      rooms: jsonObject(results.texts),
      extensions: jsonObject(Object.fromEntries(Object.entries(extensions).map(([name, { text }]) => [name, text]))),
    },
  };
}

/** `count`, and the operations of the proposal's first form, which clients may still read. */
function listText({ count, windows }: { count: number; windows: Window[] }): string {
  const ops = windows.map(({ range, rooms }) =>
    JSON.stringify({ op: 'SYNC', range, room_ids: rooms.map(({ room }) => room.roomId) }),
  );
  return `{"count":${count},"ops":${jsonArray(ops)}}`;
}

/** Rooms in which the reader has read on, so that the unread counts may be others. */
function movedReceipts(ctx: Context, scope: SyncScope, rooms: UserRoom[]): Set<number> {
  const { receipts } = ctx.sync;
  const { userId, since } = scope.request;
  const moved = new Set<number>();
  if (!since) return moved;
  for (const { roomNid } of rooms) {
    if (!ctx.sync.changes.receipts.mayHaveChanged(roomNid, since.receipts)) continue;
    const rows = receipts.between(roomNid, since.receipts, scope.now.receipts);
    if (rows?.some((row) => row.userId === userId)) moved.add(roomNid);
  }
  return moved;
}
