import { z } from 'zod';
import { resultOf } from '../../../domain/background/background-job.ts';
import { listJobs } from '../../../storage/admin/jobs.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { momentParameter, searchParameter } from '../query.ts';

const MOST = 1_000;

/** Background jobs and their state, the newest first. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/scheduled_tasks',
  auth: 'admin',
  query: z.object({
    action_name: searchParameter,
    resource_id: searchParameter,
    job_status: z
      .enum(
        ['scheduled', 'active', 'complete', 'failed', 'cancelled'],
        'has to be scheduled, active, complete or failed',
      )
      .optional(),
    max_timestamp: momentParameter.optional(),
  }),
  async handle(ctx, { query }) {
    const status = query.job_status;
    // Nothing is ever cancelled here.
    if (status === 'cancelled') return { scheduled_tasks: [] };
    const jobs = await listJobs(ctx.db, {
      action: query.action_name,
      resource: query.resource_id,
      statuses: status === undefined ? undefined : [status],
      before: query.max_timestamp,
      limit: MOST,
    });
    return {
      scheduled_tasks: jobs.map((job) => ({
        id: job.jobId,
        action: job.action,
        status: job.status,
        timestamp_ms: job.createdTs,
        resource_id: job.resource,
        result: job.result === '{}' ? null : resultOf(job),
        error: job.error,
      })),
    };
  },
});
