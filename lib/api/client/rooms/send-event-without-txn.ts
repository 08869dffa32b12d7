import { z } from 'zod';
import { noteActivity } from '../../../domain/presence/note-activity.ts';
import { sendMessageEvent } from '../../../domain/rooms/send-event.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from './json-object.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/send/{eventType}';

/** Sends a message event without a transaction id: a form that the specification no longer has and clients still use. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  rateLimit: 'message',
  allowSuspended: false,
  body: jsonObject,
  query: z.object({ ts: z.coerce.number().int().nonnegative().optional() }),
  async handle(ctx, { requester, params, query, body }) {
    const { roomId, eventType } = params as { roomId: string; eventType: string };
    const { eventId } = await sendMessageEvent(ctx, requester, {
      roomId,
      type: eventType,
      content: body,
      ts: query.ts,
    });
    noteActivity(ctx, requester);
    return { event_id: eventId };
  },
});
