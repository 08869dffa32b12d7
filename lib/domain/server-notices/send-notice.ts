import { invalidParam, unknown } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import {
  getNoticeTransaction,
  insertNoticeTransaction,
  pruneNoticeTransactions,
} from '../../storage/admin/server-notices.ts';
import { localUser } from '../admin/local-user.ts';
import type { Context } from '../context.ts';
import { checkEvent } from '../rooms/check-event.ts';
import { getRoom } from '../rooms/room-lookup.ts';
import { noticeRoomOf, noticeSender } from './notice-room.ts';

const KEEP_MS = 24 * 3_600_000;

/** What a user is to be told. */
export interface Notice {
  type: string;
  content: JsonObject;
  stateKey?: string | undefined;
}

/**
 * Tells a user something in the server's name (client-server API, server notices), in a room for nothing else. Returns
 * the event's id.
 * @throws MatrixError 400 M_UNKNOWN where server notices are not configured or the user is of another server, 404
 *   M_NOT_FOUND for no account.
 */
export async function sendServerNotice(ctx: Context, userId: string, notice: Notice): Promise<string> {
  if (ctx.config.serverNotices.localpart === undefined) throw unknown('Server notices are not enabled on this server.');
  await localUser(ctx, userId);
  const sender = await noticeSender(ctx);
  const roomId = await noticeRoomOf(ctx, sender, userId);
  const { type, content, stateKey } = notice;
  const room = await getRoom(ctx, roomId);
  const event = stateKey === undefined ? { type, content } : { type, content, stateKey };
  checkEvent(event, room.version, room);
  return (await ctx.writers.events.send({ roomId, event: { ...event, sender } })).eventId;
}

/** {@link sendServerNotice}, once for a transaction id of an administrator. */
export async function sendServerNoticeOnce(
  ctx: Context,
  txn: { sender: string; txnId: string },
  userId: string,
  notice: Notice,
): Promise<string> {
  if (txn.txnId.includes('\0') || txn.txnId.length > 255) {
    throw invalidParam('The transaction id may have at most 255 characters.');
  }
  const before = await getNoticeTransaction(ctx.db, txn);
  if (before !== undefined) return before;
  const eventId = await sendServerNotice(ctx, userId, notice);
  await insertNoticeTransaction(ctx.db, txn, eventId, ctx.clock.now());
  return eventId;
}

/** Forgets transaction ids of server notices from the day before. */
export async function pruneServerNotices(ctx: Context): Promise<void> {
  await pruneNoticeTransactions(ctx.db, ctx.clock.now() - KEEP_MS);
}
