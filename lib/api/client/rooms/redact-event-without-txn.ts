import { noteActivity } from '../../../domain/presence/note-activity.ts';
import { redactEvent } from '../../../domain/rooms/send-event.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from './json-object.ts';
import { redactionContent } from './redaction-content.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/redact/{eventId}';

/** Redacts an event without a transaction id: a form that the specification no longer has and clients still use. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  rateLimit: 'message',
  bodyOptional: true,
  body: jsonObject,
  async handle(ctx, { requester, params, body }) {
    const { roomId, eventId } = params as { roomId: string; eventId: string };
    const result = await redactEvent(ctx, requester, { roomId, eventId, content: redactionContent(body) });
    noteActivity(ctx, requester);
    return { event_id: result.eventId };
  },
});
