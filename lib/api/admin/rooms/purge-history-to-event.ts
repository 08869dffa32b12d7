import { anyRoom } from '../../../domain/admin/any-room.ts';
import { startHistoryPurge } from '../../../domain/background/purge-history.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { purgeBody, purgeEnd } from './purge-body.ts';

/** Starts to delete a room's history up to an event. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/purge_history/{roomId}/{eventId}',
  auth: 'admin',
  bodyOptional: true,
  body: purgeBody,
  async handle(ctx, { params, body }) {
    const { roomId, eventId } = params as { roomId: string; eventId: string };
    const room = await anyRoom(ctx, roomId);
    const end = purgeEnd({ ...body, purge_up_to_event_id: eventId });
    return { purge_id: await startHistoryPurge(ctx, room, end, body.delete_local_events) };
  },
});
