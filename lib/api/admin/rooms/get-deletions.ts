import { DELETE_ROOM } from '../../../domain/background/delete-room.ts';
import { invalidParam, notFound } from '../../../spec/errors.ts';
import { isRoomId } from '../../../spec/ids.ts';
import { listJobs } from '../../../storage/admin/jobs.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { deletionAnswer } from './deletion-answer.ts';

/** Deletions of a room, of the last day. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v2/rooms/{roomId}/delete_status',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { roomId } = params as { roomId: string };
    if (!isRoomId(roomId)) throw invalidParam('The path names no room id.');
    const jobs = await listJobs(ctx.db, { action: DELETE_ROOM, resource: roomId, limit: 100 });
    if (jobs.length === 0) throw notFound('No deletion of this room is known.');
    return { results: jobs.map(deletionAnswer) };
  },
});
