import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { isRoomId } from '../../../spec/ids.ts';
import { setBlocked } from '../../../storage/admin/rooms.ts';

/** Blocks a room, or no longer. */
export default defineEndpoint({
  method: 'PUT',
  path: '/_synapse/admin/v1/rooms/{roomId}/block',
  auth: 'admin',
  body: z.object({ block: z.boolean() }),
  async handle(ctx, { params, body, requester }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    if (!isRoomId(p.roomId)) throw invalidParam('This is not a room id.');
    await setBlocked(ctx.db, p.roomId, body.block ? requester.userId : null);
    return { block: body.block };
  },
});
