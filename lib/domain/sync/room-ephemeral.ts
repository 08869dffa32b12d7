import { getReceiptsBetween } from '../../storage/receipts/receipts.ts';
import type { UserRoom } from '../../storage/sync/user-rooms.ts';
import type { ReceiptRow } from '../../streams/stream.ts';
import type { Context } from '../context.ts';
import { ephemeralWanted } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

/**
 * Typing notifications and receipts that are new to the reader, by room, as JSON texts of events.
 * @param fresh which of the rooms are new to the reader.
 */
export async function roomEphemeral(
  ctx: Context,
  scope: SyncScope,
  rooms: UserRoom[],
  fresh: ReadonlySet<number>,
): Promise<Map<number, string[]>> {
  const { filter } = scope.request;
  const events = new Map<number, string[]>();
  const typing = (room: UserRoom) => ephemeralWanted(filter, 'm.typing', room.roomId) && typingEvent(ctx, scope, room);
  for (const room of rooms) {
    const event = typing(room);
    if (event) events.set(room.roomNid, [event]);
  }
  if (!ephemeralWanted(filter, 'm.receipt')) return events;
  const wanted = rooms.filter((room) => ephemeralWanted(filter, 'm.receipt', room.roomId));
  for (const [roomNid, rows] of await newReceipts(ctx, scope, wanted, fresh)) {
    const event = receiptEvent(rows, scope.request.userId);
    if (event) events.set(roomNid, [...(events.get(roomNid) ?? []), event]);
  }
  return events;
}

function typingEvent(ctx: Context, scope: SyncScope, room: UserRoom): string | undefined {
  const typing = ctx.sync.typing.get(room.roomNid);
  if (!typing || typing.position <= scope.since.typing) return undefined;
  return JSON.stringify({ type: 'm.typing', content: { user_ids: typing.userIds } });
}

function newReceipts(
  ctx: Context,
  scope: SyncScope,
  rooms: UserRoom[],
  fresh: ReadonlySet<number>,
): Promise<Map<number, ReceiptRow[]>> {
  const { since, now } = scope;
  const stretches = rooms.map(({ roomNid }) => ({ roomNid, from: fresh.has(roomNid) ? 0 : since.receipts }));
  return receiptsAfter(ctx, stretches, now.receipts);
}

/** Receipts of rooms that moved after each room's `from`, up to `to`, by room. */
export async function receiptsAfter(
  ctx: Context,
  stretches: { roomNid: number; from: number }[],
  to: number,
): Promise<Map<number, ReceiptRow[]>> {
  const found = new Map<number, ReceiptRow[]>();
  const unknown: { roomNid: number; from: number }[] = [];
  for (const { roomNid, from } of stretches) {
    if (!ctx.sync.changes.receipts.mayHaveChanged(roomNid, from)) continue;
    const recent = ctx.sync.receipts.between(roomNid, from, to);
    if (recent) found.set(roomNid, recent);
    else unknown.push({ roomNid, from });
  }
  for (const row of await getReceiptsBetween(ctx.db, unknown, to)) {
    const rows = found.get(row.roomNid);
    if (rows) rows.push(row);
    else found.set(row.roomNid, [row]);
  }
  return found;
}

/** One `m.receipt` event of a room's receipts, oldest first; undefined when none of them is for the reader. */
export function receiptEvent(rows: ReceiptRow[], userId: string): string | undefined {
  // Of a receipt that moved twice only where it stands now.
  const latest = new Map<string, ReceiptRow>();
  for (const row of rows) {
    if (row.receiptType === 'm.read.private' && row.userId !== userId) continue;
    latest.set(`${row.userId}\0${row.receiptType}\0${row.threadId ?? ''}`, row);
  }
  if (latest.size === 0) return undefined;
  const content: Record<string, Record<string, Record<string, { ts: number; thread_id?: string }>>> = {};
  for (const { eventId, receiptType, userId: reader, ts, threadId } of latest.values()) {
    content[eventId] ??= {};
    const types = content[eventId] as (typeof content)[string];
    types[receiptType] ??= {};
    const readers = types[receiptType] as (typeof types)[string];
    // There is one place for a user's receipts on an event: the unthreaded one says most.
    const known = readers[reader];
    if (known && known.thread_id === undefined) continue;
    readers[reader] = threadId === null ? { ts } : { ts, thread_id: threadId };
  }
  return JSON.stringify({ type: 'm.receipt', content });
}
