import { shutdownResult, startRoomDeletion } from '../../../domain/background/delete-room.ts';
import { waitForJob } from '../../../domain/background/wait-for-job.ts';
import { findRoom } from '../../../domain/rooms/room-lookup.ts';
import { notFound } from '../../../spec/errors.ts';
import { setBlocked } from '../../../storage/admin/rooms.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { deletionBody, deletionOf } from './deletion-body.ts';

/** Takes everybody out of a room and deletes it; answers when done. A room that is not there can be blocked. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v1/rooms/{roomId}',
  auth: 'admin',
  bodyOptional: true,
  body: deletionBody,
  async handle(ctx, { params, body, requester, signal }) {
    const deletion = deletionOf(ctx, params['roomId'] as string, requester.userId, body);
    const room = await findRoom(ctx, deletion.roomId);
    if (!room) {
      if (!deletion.block) throw notFound('There is no such room.');
      await setBlocked(ctx.db, deletion.roomId, requester.userId);
      return shutdownResult();
    }
    return shutdownResult(await waitForJob(ctx, await startRoomDeletion(ctx, deletion), signal));
  },
});
