import type { JsonObject } from '../../../spec/json.ts';
import type { PresenceRow, ReceiptRow } from '../../../streams/stream.ts';

/** A receipt as an EDU (server-server API, receipts). */
export function receiptEdu(row: ReceiptRow): JsonObject {
  const { roomId, userId, receiptType, eventId, threadId, ts } = row;
  const data = { ts, ...(threadId === null ? {} : { thread_id: threadId }) };
  const content = { [roomId]: { [receiptType]: { [userId]: { data, event_ids: [eventId] } } } };
  return { edu_type: 'm.receipt', content };
}

/** A user's presence as an EDU (server-server API, presence). */
export function presenceEdu(row: PresenceRow, now: number): JsonObject {
  const { userId, presence, statusMsg, lastActiveTs, currentlyActive } = row;
  const push: JsonObject = {
    user_id: userId,
    presence,
    last_active_ago: Math.max(now - lastActiveTs, 0),
    currently_active: presence === 'online' && currentlyActive,
    ...(statusMsg === null ? {} : { status_msg: statusMsg }),
  };
  return { edu_type: 'm.presence', content: { push: [push] } };
}
