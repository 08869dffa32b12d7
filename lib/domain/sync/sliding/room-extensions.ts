import type { StoredAccountData } from '../../../storage/account-data/account-data.ts';
import { getAccountDataBetween, getAccountDataOfRooms } from '../../../storage/account-data/account-data.ts';
import { getReceiptsOfEvents } from '../../../storage/receipts/receipts.ts';
import type { ReceiptRow } from '../../../streams/stream.ts';
import type { Context } from '../../context.ts';
import { jsonArray, jsonObject } from '../../events/json-parts.ts';
import { threadSubscriptionChanges } from '../../threads/thread-subscriptions.ts';
import { accountDataEvent } from '../account-data-section.ts';
import { receiptEvent, receiptsAfter } from '../room-ephemeral.ts';
import { accountDataWanted } from '../sync-filter.ts';
import type { SyncScope } from '../sync-request.ts';
import { pushRulesEvent } from '../user-sections.ts';
import type { SentRoom } from './connection-state.ts';
import type { RelevantRoom } from './room-tasks.ts';
import type { ExtensionScope, SlidingRequest } from './sliding-request.ts';

/** What an extension says. */
export interface ExtensionResult {
  /** JSON text; undefined to leave it out. */
  text: string | undefined;
  /** There is something in it that is worth an answer. */
  news: boolean;
}

/** The rooms that an extension extends to: of those that the request is about. */
export function roomsOf(scope: ExtensionScope, relevant: RelevantRoom[]): RelevantRoom[] {
  const all = (names: string[] | undefined): names is undefined => names === undefined || names.includes('*');
  return relevant.filter(({ room, lists, subscribed, membership }) => {
    if (membership !== 'join') return false;
    const listed = all(scope.lists) ? lists.length > 0 : lists.some((name) => scope.lists?.includes(name));
    return listed || (subscribed && (all(scope.rooms) || scope.rooms.includes(room.roomId)));
  });
}

/** Account data: global, and of rooms. Notes in `sent` what the client then has. */
export async function accountDataExtension(
  ctx: Context,
  request: SlidingRequest,
  scope: SyncScope,
  relevant: RelevantRoom[],
  sent: Map<number, SentRoom>,
): Promise<ExtensionResult> {
  const wanted = request.extensions.accountData;
  const { userId } = request;
  const from = scope.since.accountData;
  const to = scope.now.accountData;
  const changed = ctx.sync.changes.accountData.mayHaveChanged(userId, from);
  const inScope = wanted ? roomsOf(wanted, relevant) : [];
  // Rooms that the client has to catch up with are read from where it was.
  const behind = inScope.flatMap(({ room }) => sent.get(room.roomNid)?.accountDataTo ?? []);
  const start = Math.min(from, ...behind);
  const rows = changed || start < from ? await getAccountDataBetween(ctx.db, userId, start, to) : [];
  const fresh = inScope.filter(({ room }) => sent.get(room.roomNid)?.accountDataTo === null);
  const freshRows = await getAccountDataOfRooms(
    ctx.db,
    userId,
    fresh.map(({ room }) => room.roomNid),
  );
  const rooms: Record<string, string> = {};
  const scoped = new Set(inScope.map(({ room }) => room.roomNid));
  const changedRooms = Map.groupBy(
    rows.filter((row) => row.roomNid !== null),
    (row) => row.roomNid as number,
  );
  for (const { room } of inScope) {
    const known = sent.get(room.roomNid);
    if (!known) continue;
    const after = known.accountDataTo ?? from;
    const news =
      known.accountDataTo === null
        ? freshRows.filter((row) => row.roomNid === room.roomNid)
        : (changedRooms.get(room.roomNid) ?? []).filter((row) => row.position > after);
    if (news.length > 0) rooms[room.roomId] = texts(news);
    sent.set(room.roomNid, { ...known, accountDataTo: undefined });
  }
  // Whoever is sent nothing of this change has to catch up later.
  for (const roomNid of changedRooms.keys()) {
    const known = sent.get(roomNid);
    if (known && !scoped.has(roomNid) && known.accountDataTo === undefined)
      sent.set(roomNid, { ...known, accountDataTo: from });
  }
  if (!wanted) return { text: undefined, news: false };
  const global = rows
    .filter((row) => row.roomNid === null && row.position > from && accountDataWanted(scope.request.filter, row.type))
    .map(accountDataEvent);
  global.push(...(await pushRulesEvent(ctx, scope)));
  const news = global.length > 0 || Object.keys(rooms).length > 0;
  const text = jsonObject({
    global: global.length > 0 ? jsonArray(global) : undefined,
    rooms: Object.keys(rooms).length > 0 ? jsonObject(rooms) : undefined,
  });
  return { text: news ? text : undefined, news };
}

function texts(rows: StoredAccountData[]): string {
  return jsonArray(rows.map(accountDataEvent));
}

/**
 * Receipts of rooms: of rooms that are new to the client its own and those on the events that it is shown, of others
 * those that have moved. Notes in `sent` what the client then has.
 * @param shown events of timelines, by numeric room id.
 */
export async function receiptsExtension(
  ctx: Context,
  request: SlidingRequest,
  scope: SyncScope,
  relevant: RelevantRoom[],
  sent: Map<number, SentRoom>,
  shown: ReadonlyMap<number, string[]>,
): Promise<ExtensionResult> {
  const wanted = request.extensions.receipts;
  const from = scope.since.receipts;
  const to = scope.now.receipts;
  const inScope = (wanted ? roomsOf(wanted, relevant) : []).filter(({ room }) => sent.has(room.roomNid));
  const scoped = new Set(inScope.map(({ room }) => room.roomNid));
  const stretches: { roomNid: number; from: number }[] = [];
  const fresh: { roomNid: number; eventIds: string[] }[] = [];
  for (const { room } of inScope) {
    const known = sent.get(room.roomNid) as SentRoom;
    if (known.receiptsTo === null) fresh.push({ roomNid: room.roomNid, eventIds: shown.get(room.roomNid) ?? [] });
    else stretches.push({ roomNid: room.roomNid, from: known.receiptsTo ?? from });
    if (known.receiptsTo !== undefined) sent.set(room.roomNid, { ...known, receiptsTo: undefined });
  }
  for (const [roomNid, known] of sent) {
    if (scoped.has(roomNid) || known.receiptsTo !== undefined) continue;
    if (ctx.sync.changes.receipts.mayHaveChanged(roomNid, from)) sent.set(roomNid, { ...known, receiptsTo: from });
  }
  if (!wanted) return { text: undefined, news: false };
  const [moved, first] = await Promise.all([
    receiptsAfter(ctx, stretches, to),
    getReceiptsOfEvents(ctx.db, request.userId, fresh, to),
  ]);
  const rowsOf = new Map<number, ReceiptRow[]>([...moved, ...Map.groupBy(first, (row) => row.roomNid)]);
  const rooms: Record<string, string> = {};
  for (const { room } of inScope) {
    const event = receiptEvent(rowsOf.get(room.roomNid) ?? [], request.userId);
    if (event) rooms[room.roomId] = event;
  }
  return byRoom(rooms);
}

/** Who types in the rooms, where that has changed or the room is new to the client. */
export function typingExtension(
  ctx: Context,
  request: SlidingRequest,
  scope: SyncScope,
  relevant: RelevantRoom[],
  before: ReadonlyMap<number, SentRoom>,
): ExtensionResult {
  const wanted = request.extensions.typing;
  if (!wanted) return { text: undefined, news: false };
  const rooms: Record<string, string> = {};
  for (const { room } of roomsOf(wanted, relevant)) {
    const typing = ctx.sync.typing.get(room.roomNid);
    if (!typing) continue;
    const known = before.has(room.roomNid);
    if (known ? typing.position <= scope.since.typing : typing.userIds.length === 0) continue;
    rooms[room.roomId] = JSON.stringify({ type: 'm.typing', content: { user_ids: typing.userIds } });
  }
  return byRoom(rooms);
}

function byRoom(rooms: Record<string, string>): ExtensionResult {
  const news = Object.keys(rooms).length > 0;
  return { text: news ? jsonObject({ rooms: jsonObject(rooms) }) : undefined, news };
}

/** Threads that the user has begun to hear of, or does not any more (MSC4308). */
export async function threadSubscriptionsExtension(
  ctx: Context,
  request: SlidingRequest,
  scope: SyncScope,
): Promise<ExtensionResult> {
  const wanted = request.extensions.threadSubscriptions;
  const range = { from: scope.since.accountData, to: scope.now.accountData };
  if (!wanted || !ctx.sync.changes.accountData.mayHaveChanged(request.userId, range.from))
    return { text: undefined, news: false };
  const { older, ...changes } = await threadSubscriptionChanges(ctx, request.userId, { ...range, ...wanted });
  const news = Object.keys(changes).length > 0;
  return { text: news ? JSON.stringify({ ...changes, prev_batch: older }) : undefined, news };
}
