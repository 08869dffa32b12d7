import { noteActivity } from '../../../domain/presence/note-activity.ts';
import { redactEvent } from '../../../domain/rooms/send-event.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from './json-object.ts';
import { redactionContent } from './redaction-content.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/redact/{eventId}/{txnId}';

/** Redacts an event, once for a transaction id (client-server API, redactions). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0'),
  auth: 'guest',
  rateLimit: 'message',
  bodyOptional: true,
  body: jsonObject,
  async handle(ctx, { requester, params, body }) {
    const { roomId, eventId, txnId } = params as { roomId: string; eventId: string; txnId: string };
    const content = redactionContent(body);
    const result = await redactEvent(ctx, requester, { roomId, eventId, content }, txnId);
    noteActivity(ctx, requester);
    return { event_id: result.eventId };
  },
});
