import { z } from 'zod';
import { scheduleEvent } from '../../../domain/delayed-events/schedule-event.ts';
import { noteActivity } from '../../../domain/presence/note-activity.ts';
import { sendMessageEvent } from '../../../domain/rooms/send-event.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from './json-object.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}';

/** Sends a message event, once for a transaction id (client-server API, sending events to a room). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  rateLimit: 'message',
  allowSuspended: false,
  body: jsonObject,
  query: z.object({
    ts: z.coerce.number().int().nonnegative().optional(),
    // MSC4140: milliseconds after which the server sends the event.
    'org.matrix.msc4140.delay': z.coerce.number().int().positive().optional(),
  }),
  async handle(ctx, { requester, params, query, body }) {
    const { roomId, eventType, txnId } = params as { roomId: string; eventType: string; txnId: string };
    const event = { roomId, type: eventType, content: body, ts: query.ts };
    const delayMs = query['org.matrix.msc4140.delay'];
    if (delayMs !== undefined) {
      const { delayId } = await scheduleEvent(ctx, requester, event, delayMs, txnId);
      return { delay_id: delayId };
    }
    const { eventId } = await sendMessageEvent(ctx, requester, event, txnId);
    noteActivity(ctx, requester);
    return { event_id: eventId };
  },
});
