import { isEventId, isRoomId } from '../../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import { findRoom, membershipOf } from '../../rooms/room-lookup.ts';
import { isServerAllowed } from '../server-acls.ts';
import { userOfOrigin } from './user-of-origin.ts';

const TYPE = 'm.read';
const MOST_RECEIPTS = 1_000;

/** `m.receipt`: how far users of another server have read (server-server API, receipts). */
export async function receiveReceipts(ctx: Context, origin: string, content: JsonObject): Promise<void> {
  let left = MOST_RECEIPTS;
  for (const [roomId, byType] of Object.entries(content)) {
    const byUser = isJsonObject(byType) ? byType[TYPE] : undefined;
    if (!isJsonObject(byUser) || !isRoomId(roomId)) continue;
    const room = await findRoom(ctx, roomId);
    if (!room || !(await isServerAllowed(ctx, room.roomNid, origin))) continue;
    for (const [name, receipt] of Object.entries(byUser)) {
      const userId = userOfOrigin(origin, name);
      if (userId === undefined || left-- <= 0) continue;
      if ((await membershipOf(ctx, room.roomNid, userId)) !== 'join') continue;
      await move(ctx, roomId, userId, receipt);
    }
  }
}

async function move(ctx: Context, roomId: string, userId: string, receipt: unknown): Promise<void> {
  if (!isJsonObject(receipt) || !Array.isArray(receipt['event_ids'])) return;
  const eventId = receipt['event_ids'].at(-1);
  const { ts, thread_id: thread } = isJsonObject(receipt['data']) ? receipt['data'] : ({} as JsonObject);
  if (!isEventId(eventId) || (thread !== undefined && (typeof thread !== 'string' || thread.includes('\0')))) return;
  await ctx.writers.receipts.set({
    roomId,
    userId,
    receiptType: TYPE,
    eventId,
    threadId: thread ?? null,
    ts: Number.isSafeInteger(ts) ? (ts as number) : ctx.clock.now(),
  });
}
