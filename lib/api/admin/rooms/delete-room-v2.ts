import { anyRoom } from '../../../domain/admin/any-room.ts';
import { startRoomDeletion } from '../../../domain/background/delete-room.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { deletionBody, deletionOf } from './deletion-body.ts';

/** Takes everybody out of a room and deletes it, in the background. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v2/rooms/{roomId}',
  auth: 'admin',
  bodyOptional: true,
  body: deletionBody,
  async handle(ctx, { params, body, requester }) {
    const deletion = deletionOf(ctx, params['roomId'] as string, requester.userId, body);
    await anyRoom(ctx, deletion.roomId);
    return { delete_id: await startRoomDeletion(ctx, deletion) };
  },
});
