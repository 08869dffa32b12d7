import { forbidden, invalidParam, MatrixError, missingParam, unknown } from '../../spec/errors.ts';
import type { Pdu } from '../../spec/events.ts';
import { isEventId } from '../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { getEvent } from '../../storage/events/read-events.ts';
import type { NewEvent, SendResult, TransactionKey } from '../../streams/writers.ts';
import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';
import { visiblePdu } from '../events/client-event.ts';
import { checkCanonicalAlias } from './canonical-alias.ts';
import { checkEvent } from './check-event.ts';
import { enforceGuestAccess } from './guest-access.ts';
import { sendMembership } from './membership.ts';
import { getRoom, type Room } from './room-lookup.ts';
import { pretendToSend } from './shadow-ban.ts';

/** A client's event. */
export interface ClientEvent {
  roomId: string;
  type: string;
  content: JsonObject;
  /** Milliseconds; only application services may choose it. */
  ts?: number | undefined;
}

/**
 * Sends a message event (client-server API, sending events to a room).
 * @throws MatrixError 403 M_FORBIDDEN where the user may not, 400 for what is not well formed, 413 M_TOO_LARGE.
 */
export async function sendMessageEvent(
  ctx: Context,
  requester: Requester,
  event: ClientEvent,
  txnId?: string,
): Promise<SendResult> {
  const { roomId, type, content } = event;
  const room = await getRoom(ctx, roomId);
  if (type === 'm.room.redaction') {
    const { redacts, ...others } = content;
    if (redacts === undefined) throw missingParam('redacts names the event to redact; it is missing.');
    if (typeof redacts !== 'string') throw invalidParam('redacts must be an event id.');
    return redactEvent(ctx, requester, { roomId, eventId: redacts, content: others, ts: event.ts }, txnId);
  }
  checkEvent({ type, content }, room.version, room);
  await checkThread(ctx, room, content);
  const pretended = await pretendToSend(requester);
  if (pretended) return pretended;
  const draft: NewEvent = { type, sender: requester.userId, content, ...timeOf(requester, event.ts) };
  return ctx.writers.events.send({ roomId, event: draft, ...transaction(requester, txnId) });
}

/**
 * Redacts an event (client-server API, redactions).
 * @throws MatrixError 403 M_FORBIDDEN where the user may not, 404 M_NOT_FOUND for an event that isn't there.
 */
export async function redactEvent(
  ctx: Context,
  requester: Requester,
  redaction: { roomId: string; eventId: string; content: JsonObject; ts?: number | undefined },
  txnId?: string,
): Promise<SendResult> {
  const { roomId, eventId, content } = redaction;
  const room = await getRoom(ctx, roomId);
  if (!isEventId(eventId)) throw invalidParam('The event to redact is not named by an event id.');
  checkEvent({ type: 'm.room.redaction', content }, room.version, room);
  if (requester.suspended) await requireOwnEvent(ctx, requester.userId, eventId);
  const pretended = await pretendToSend(requester);
  if (pretended) return pretended;
  const event: NewEvent = {
    type: 'm.room.redaction',
    sender: requester.userId,
    content,
    redacts: eventId,
    ...timeOf(requester, redaction.ts),
  };
  return ctx.writers.events.send({ roomId, event, ...transaction(requester, txnId) });
}

/**
 * Sends a state event. Membership events go the way of joins, invites and so on.
 * @throws MatrixError as of {@link sendMessageEvent}; 400 M_BAD_ALIAS for an alias that names another room.
 */
export async function sendStateEvent(
  ctx: Context,
  requester: Requester,
  event: ClientEvent & { stateKey: string },
): Promise<{ eventId: string }> {
  const { roomId, type, stateKey, content } = event;
  const room = await getRoom(ctx, roomId);
  checkEvent({ type, stateKey, content }, room.version, room);
  if (type === 'm.room.create') throw forbidden('A room is created only once.');
  if (type === 'm.room.member') return sendMembership(ctx, requester, room, { userId: stateKey, content });
  const pretended = await pretendToSend(requester);
  if (pretended) return pretended;
  if (type === 'm.room.canonical_alias' && stateKey === '') await checkCanonicalAlias(ctx, room, content);
  const sender = requester.userId;
  const draft: NewEvent = { type, stateKey, sender, content, ...timeOf(requester, event.ts) };
  const result = await ctx.writers.events.send({ roomId, event: draft });
  if (type === 'm.room.guest_access' && stateKey === '' && !result.duplicate)
    await enforceGuestAccess(ctx, room, content);
  return result;
}

/** Suspended users may take back what they have sent, and nothing else (client-server API, account suspension). */
async function requireOwnEvent(ctx: Context, userId: string, eventId: string): Promise<void> {
  const target = await getEvent(ctx.db, eventId);
  if (target?.sender === userId) return;
  throw new MatrixError(403, 'M_USER_SUSPENDED', 'While suspended you can only redact your own events.');
}

function timeOf(requester: Requester, ts: number | undefined): { originServerTs?: number } {
  return requester.appserviceId !== undefined && ts !== undefined ? { originServerTs: ts } : {};
}

/** The scope of a transaction id: the device, or the application service that has none. */
function transaction(requester: Requester, txnId: string | undefined): { txn?: TransactionKey } {
  if (txnId === undefined) return {};
  if (txnId.includes('\0') || txnId.length > 255)
    throw invalidParam('The transaction id may have at most 255 characters.');
  return { txn: { deviceId: requester.deviceId ?? `appservice ${requester.appserviceId ?? ''}`, txnId } };
}

/** A thread starts at an event that isn't itself in a relation (client-server API, threading). */
async function checkThread(ctx: Context, room: Room, content: JsonObject): Promise<void> {
  const relatesTo = content['m.relates_to'];
  if (!isJsonObject(relatesTo) || relatesTo['rel_type'] !== 'm.thread') return;
  const { event_id: rootId } = relatesTo;
  if (!isEventId(rootId)) return;
  const root = await getEvent(ctx.db, rootId);
  if (!root || root.roomNid !== room.roomNid) return;
  const relation = (visiblePdu(root) as Pdu).content['m.relates_to'];
  if (isJsonObject(relation) && typeof relation['rel_type'] === 'string') {
    throw unknown('A thread cannot start at an event that has a relation itself.');
  }
}
