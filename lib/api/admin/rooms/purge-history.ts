import { anyRoom } from '../../../domain/admin/any-room.ts';
import { startHistoryPurge } from '../../../domain/background/purge-history.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { purgeBody, purgeEnd } from './purge-body.ts';

/** Starts to delete a room's history up to an event or a moment. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/purge_history/{roomId}',
  auth: 'admin',
  bodyOptional: true,
  body: purgeBody,
  async handle(ctx, { params, body }) {
    const room = await anyRoom(ctx, params['roomId'] as string);
    return { purge_id: await startHistoryPurge(ctx, room, purgeEnd(body), body.delete_local_events) };
  },
});
