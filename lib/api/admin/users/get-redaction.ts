import { resultOf } from '../../../domain/background/background-job.ts';
import { REDACT_USER } from '../../../domain/background/redact-user.ts';
import { findJob } from '../../../domain/background/wait-for-job.ts';
import { notFound } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** How far the redaction of what a user has sent has come. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/user/redact_status/{redactId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const job = await findJob(ctx, REDACT_USER, params['redactId'] as string);
    if (!job) throw notFound('No redaction with this id is known.');
    const { status } = job;
    if (status === 'failed') return { status, error: job.error };
    if (status !== 'complete') return { status };
    return { status, failed_redactions: resultOf(job)['failed'] ?? {} };
  },
});
