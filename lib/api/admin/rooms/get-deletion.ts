import { DELETE_ROOM } from '../../../domain/background/delete-room.ts';
import { findJob } from '../../../domain/background/wait-for-job.ts';
import { notFound } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { deletionAnswer } from './deletion-answer.ts';

/** How far a deletion has come. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v2/rooms/delete_status/{deleteId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const job = await findJob(ctx, DELETE_ROOM, params['deleteId'] as string);
    if (!job) throw notFound('No deletion with this id is known.');
    return deletionAnswer(job);
  },
});
