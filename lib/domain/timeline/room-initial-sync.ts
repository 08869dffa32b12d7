import { parseRoomEventFilter } from '../../spec/filters.ts';
import { getAccountDataBetween } from '../../storage/account-data/account-data.ts';
import { getPresence } from '../../storage/presence/presence.ts';
import { getReceiptsBetween } from '../../storage/receipts/receipts.ts';
import { getRoomFlags } from '../../storage/rooms/room-flags.ts';
import { getJoinedMembers } from '../../storage/timeline/members.ts';
import { formatSyncToken } from '../../streams/sync-token.ts';
import type { Context } from '../context.ts';
import { clientEventJson, type Viewer } from '../events/client-event.ts';
import { jsonArray, jsonObject } from '../events/json-parts.ts';
import { presenceContent } from '../presence/presence-events.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { readPage } from './messages.ts';
import { stateFor } from './room-state.ts';
import { eventWriter } from './show-events.ts';
import { formatPoint } from './tokens.ts';
import { canSeeRoom } from './visibility.ts';

const FROM_THE_START = 0;

/**
 * Answers GET /rooms/{roomId}/initialSync (deprecated; room previews start with it) as JSON text. Users who have left
 * get the room as it was then, without presence and receipts.
 *
 * @throws MatrixError 403 M_FORBIDDEN for those who may not read the room.
 */
export async function roomInitialSync(ctx: Context, room: Room, viewer: Viewer, limit: number): Promise<string> {
  const access = await canSeeRoom(ctx, room, viewer.userId);
  const now = await ctx.sync.now();
  const ceiling = access.departure?.position ?? now.events;
  const page = await readPage(
    ctx,
    room.roomNid,
    viewer.userId,
    { direction: 'b', from: undefined, to: undefined, limit, filter: parseRoomEventFilter(undefined) },
    ceiling,
  );
  const live = access.departure === null;
  const [write, state, flags, accountData, presence, receipts] = await Promise.all([
    eventWriter(ctx, viewer, page.events),
    stateFor(ctx, room, access),
    getRoomFlags(ctx.db, room.roomNid),
    getAccountDataBetween(ctx.db, viewer.userId, FROM_THE_START, now.accountData),
    live ? roomPresence(ctx, room, viewer.now) : [],
    live ? roomReceipts(ctx, room, viewer.userId, now.receipts) : [],
  ]);
  return jsonObject({
    room_id: JSON.stringify(room.roomId),
    membership: access.membership === null ? undefined : JSON.stringify(access.membership),
    messages: jsonObject({
      start: JSON.stringify(formatPoint(page.end ?? page.start)),
      end: JSON.stringify(live ? formatSyncToken(now) : `s${ceiling}`),
      chunk: jsonArray(page.events.map(write).map(withUserId).reverse()),
    }),
    state: jsonArray(state.map((row) => withUserId(clientEventJson(row, viewer)))),
    visibility: flags?.isPublic ? '"public"' : '"private"',
    account_data: jsonArray(
      accountData
        .filter((entry) => entry.roomNid === room.roomNid && entry.json !== null)
        .map((entry) => jsonObject({ type: JSON.stringify(entry.type), content: entry.json ?? undefined })),
    ),
    presence: jsonArray(presence),
    receipts: jsonArray(receipts),
  });
}

async function roomPresence(ctx: Context, room: Room, now: number): Promise<string[]> {
  if (!ctx.config.presence.enabled) return [];
  const members = await getJoinedMembers(ctx.db, room.roomNid);
  const rows = await getPresence(
    ctx.db,
    members.map(({ userId }) => userId),
  );
  const known = new Map(rows.map((row) => [row.userId, presenceContent(row, now)]));
  return members.map(({ userId }) => {
    const content = { user_id: userId, ...(known.get(userId) ?? { presence: 'offline' }) };
    return JSON.stringify({ type: 'm.presence', content });
  });
}

/** One `m.receipt` event with all receipts that the user may know of. */
async function roomReceipts(ctx: Context, room: Room, userId: string, to: number): Promise<string[]> {
  const content: Record<string, Record<string, Record<string, object>>> = {};
  for (const row of await getReceiptsBetween(ctx.db, [{ roomNid: room.roomNid, from: FROM_THE_START }], to)) {
    if (row.receiptType === 'm.read.private' && row.userId !== userId) continue;
    content[row.eventId] ??= {};
    const ofEvent = content[row.eventId] as Record<string, Record<string, object>>;
    ofEvent[row.receiptType] ??= {};
    const ofType = ofEvent[row.receiptType] as Record<string, object>;
    ofType[row.userId] = row.threadId === null ? { ts: row.ts } : { ts: row.ts, thread_id: row.threadId };
  }
  if (Object.keys(content).length === 0) return [];
  return [JSON.stringify({ type: 'm.receipt', room_id: room.roomId, content })];
}

/** Old clients look for the sender under this name too. */
function withUserId(event: string): string {
  const { sender } = JSON.parse(event) as { sender: string };
  return `${event.slice(0, -1)},"user_id":${JSON.stringify(sender)}}`;
}
