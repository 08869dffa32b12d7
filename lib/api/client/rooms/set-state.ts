import { z } from 'zod';
import { scheduleEvent } from '../../../domain/delayed-events/schedule-event.ts';
import { noteActivity } from '../../../domain/presence/note-activity.ts';
import { sendStateEvent } from '../../../domain/rooms/send-event.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from './json-object.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}';
const empty = '/_matrix/client/v3/rooms/{roomId}/state/{eventType}';

/** Sends a state event; the state key may be left out where it is empty, with its slash or without. */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: [...versions(path, 'r0'), empty, `${empty}/`, ...versions(empty, 'r0'), ...versions(`${empty}/`, 'r0')],
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
    const { roomId, eventType, stateKey } = params as { roomId: string; eventType: string; stateKey?: string };
    const event = { roomId, type: eventType, stateKey: stateKey ?? '', content: body, ts: query.ts };
    const delayMs = query['org.matrix.msc4140.delay'];
    if (delayMs !== undefined) {
      const { delayId } = await scheduleEvent(ctx, requester, event, delayMs);
      return { delay_id: delayId };
    }
    const { eventId } = await sendStateEvent(ctx, requester, event);
    noteActivity(ctx, requester);
    return { event_id: eventId };
  },
});
