import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { isRoomId } from '../../../spec/ids.ts';
import { getBlocker } from '../../../storage/admin/rooms.ts';

/** Whether a room is blocked. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}/block',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    if (!isRoomId(p.roomId)) throw invalidParam('This is not a room id.');
    const by = await getBlocker(ctx.db, p.roomId);
    return by === null ? { block: false } : { block: true, user_id: by };
  },
});
