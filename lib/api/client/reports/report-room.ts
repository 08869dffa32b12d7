import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { report } from '../../../domain/admin/report.ts';
import { findRoom } from '../../../domain/rooms/room-lookup.ts';
import { notFound } from '../../../spec/errors.ts';

/** Reports a room (client-server API, reporting content). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/client/v3/rooms/{roomId}/report',
  auth: 'user',
  body: z.object({ reason: z.string().max(10_000) }),
  async handle(ctx, { params, body, requester }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const room = await findRoom(ctx, p.roomId);
    if (!room) throw notFound('There is no such room.');
    await report(ctx, 'room', { reporter: requester.userId, roomId: room.roomId, reason: body.reason });
    return {};
  },
});
