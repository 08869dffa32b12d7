import { getAccountDataBetween } from '../../storage/account-data/account-data.ts';
import { getReceiptsBetween } from '../../storage/receipts/receipts.ts';
import type { UserRoom } from '../../storage/sync/user-rooms.ts';
import type { Context } from '../context.ts';
import type { RoomWork } from './joined-rooms.ts';
import { ephemeralWanted, roomAccountDataWanted } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

/** Ephemeral events of a room, as JSON texts. */
export interface Ephemeral {
  events: string[];
}

/** New account data of rooms, by room, as JSON texts of events. */
export async function roomAccountData(ctx: Context, scope: SyncScope): Promise<Map<number, string[]>> {
  const { request, since, now } = scope;
  const byRoom = new Map<number, string[]>();
  if (!ctx.sync.changes.accountData.mayHaveChanged(request.userId, since.accountData)) return byRoom;
  for (const row of await getAccountDataBetween(ctx.db, request.userId, since.accountData, now.accountData)) {
    if (row.roomNid === null || !roomAccountDataWanted(request.filter, row.type)) continue;
    const events = byRoom.get(row.roomNid) ?? [];
    events.push(`{"type":${JSON.stringify(row.type)},"content":${row.json ?? '{}'}}`);
    byRoom.set(row.roomNid, events);
  }
  return byRoom;
}

/** Typing notifications and receipts that are new to the reader, by room. */
export async function roomEphemeral(
  ctx: Context,
  scope: SyncScope,
  joined: RoomWork[],
  quiet: UserRoom[],
): Promise<Map<number, Ephemeral>> {
  const { request, since, now } = scope;
  const result = new Map<number, Ephemeral>();
  const add = (roomNid: number, event: string) => {
    const entry = result.get(roomNid);
    if (entry) entry.events.push(event);
    else result.set(roomNid, { events: [event] });
  };
  const rooms = [...joined.map((w) => w.room), ...quiet];
  const freshRooms = new Set(joined.filter((w) => w.fresh).map((w) => w.room.roomNid));
  if (ephemeralWanted(request.filter, 'm.typing')) {
    for (const room of rooms) {
      const typing = ctx.sync.typing.get(room.roomNid);
      const isNew =
        typing && typing.position > since.typing && (typing.userIds.length > 0 || request.since !== undefined);
      if (isNew) add(room.roomNid, JSON.stringify({ type: 'm.typing', content: { user_ids: typing.userIds } }));
    }
  }
  if (!ephemeralWanted(request.filter, 'm.receipt')) return result;
  const stretches = rooms
    .map((room) => ({ roomNid: room.roomNid, from: freshRooms.has(room.roomNid) ? 0 : since.receipts }))
    .filter(({ roomNid, from }) => ctx.sync.changes.receipts.mayHaveChanged(roomNid, from));
  const receipts = await getReceiptsBetween(ctx.db, stretches, now.receipts);
  for (const [roomNid, rows] of Map.groupBy(receipts, (row) => row.roomNid)) {
    const content: Record<string, Record<string, Record<string, object>>> = {};
    for (const row of rows) {
      if (row.receiptType === 'm.read.private' && row.userId !== request.userId) continue;
      content[row.eventId] ??= {};
      const types = content[row.eventId] as Record<string, Record<string, object>>;
      types[row.receiptType] ??= {};
      (types[row.receiptType] as Record<string, object>)[row.userId] =
        row.threadId === null ? { ts: row.ts } : { ts: row.ts, thread_id: row.threadId };
    }
    if (Object.keys(content).length > 0) add(roomNid, JSON.stringify({ type: 'm.receipt', content }));
  }
  return result;
}
