import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { reportEvent } from '../../../domain/admin/report.ts';

/** Reports an event (client-server API, reporting content). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/v3/rooms/{roomId}/report/{eventId}',
  auth: 'user',
  aliases: ['/_matrix/client/r0/rooms/{roomId}/report/{eventId}'],
  body: z.object({ reason: z.string().max(10_000).nullish(), score: z.number().int().min(-100).max(0).nullish() }),
  async handle(ctx, { params, body, requester }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const { reason = null, score = null } = body;
    await reportEvent(ctx, { reporter: requester.userId, roomId: p.roomId, eventId: p.eventId, reason, score });
    return {};
  },
});
