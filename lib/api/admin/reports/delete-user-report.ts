import { reportIdOf } from '../../../api/admin/reports/report-answer.ts';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { notFound } from '../../../spec/errors.ts';
import { deleteReport } from '../../../storage/admin/reports.ts';

/** Discards a report. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v1/user_reports/{reportId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    if (!(await deleteReport(ctx.db, 'user', reportIdOf(p.reportId)))) throw notFound('There is no such report.');
    return {};
  },
});
