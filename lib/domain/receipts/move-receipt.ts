import { invalidParam, MatrixError, notFound } from '../../spec/errors.ts';
import { getAccountData } from '../../storage/account-data/account-data.ts';
import { getEventPositions } from '../../storage/receipts/receipts.ts';
import type { Context } from '../context.ts';
import { requireJoined } from '../rooms/room-lookup.ts';

const RECEIPT_TYPES = ['m.read', 'm.read.private', 'm.fully_read'];

/**
 * Moves a receipt forward, or the fully read marker. One that points further back than the stored one is ignored.
 * @throws MatrixError 400 for an unknown type of receipt or a thread where none is allowed, 403 outside the room.
 */
export async function moveReceipt(
  ctx: Context,
  userId: string,
  receipt: { roomId: string; receiptType: string; eventId: string; threadId: string | null },
): Promise<void> {
  const { roomId, receiptType, eventId, threadId } = receipt;
  if (!RECEIPT_TYPES.includes(receiptType)) {
    throw invalidParam(`receiptType must be one of ${RECEIPT_TYPES.join(', ')}.`);
  }
  if (eventId.includes('\0') || !eventId.startsWith('$')) throw invalidParam('eventId is not an event id.');
  if (threadId?.includes('\0')) throw invalidParam('thread_id must not contain NUL.');
  const room = await requireJoined(ctx, roomId, userId);
  if (receiptType === 'm.fully_read') {
    if (threadId !== null) throw invalidParam('thread_id does not go with m.fully_read.');
    await moveFullyRead(ctx, userId, roomId, room.roomNid, eventId);
    return;
  }
  if (threadId !== null && threadId !== 'main') await requireInThread(ctx, room.roomNid, eventId, threadId);
  await ctx.writers.receipts.set({ roomId, userId, receiptType, eventId, threadId, ts: ctx.clock.now() });
}

async function moveFullyRead(
  ctx: Context,
  userId: string,
  roomId: string,
  roomNid: number,
  eventId: string,
): Promise<void> {
  const stored = await getAccountData(ctx.db, userId, roomNid, 'm.fully_read');
  const before = stored ? (JSON.parse(stored) as { event_id?: string }).event_id : undefined;
  const positions = await getEventPositions(ctx.db, roomNid, [eventId, ...(before ? [before] : [])]);
  const from = before === undefined ? undefined : positions.get(before)?.position;
  const to = positions.get(eventId)?.position;
  if (from !== undefined && to !== undefined && to <= from) return;
  await ctx.writers.accountData.set({ userId, roomId, type: 'm.fully_read', content: { event_id: eventId } });
}

async function requireInThread(ctx: Context, roomNid: number, eventId: string, threadId: string): Promise<void> {
  const event = (await getEventPositions(ctx.db, roomNid, [eventId])).get(eventId);
  if (!event) throw notFound('The event of the receipt is not known.');
  if (event.threadRoot !== threadId && eventId !== threadId) {
    throw new MatrixError(400, 'M_INVALID_PARAM', `The event is not in the thread ${threadId}.`);
  }
}
