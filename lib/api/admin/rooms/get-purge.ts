import { PURGE_HISTORY } from '../../../domain/background/purge-history.ts';
import { findJob } from '../../../domain/background/wait-for-job.ts';
import { notFound } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** How far a purge of history has come. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/purge_history_status/{purgeId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const job = await findJob(ctx, PURGE_HISTORY, params['purgeId'] as string);
    if (!job) throw notFound('No purge with this id is known.');
    const status = job.status === 'scheduled' ? 'active' : job.status;
    return { status, ...(job.status === 'failed' ? { error: job.error } : {}) };
  },
});
