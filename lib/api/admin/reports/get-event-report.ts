import { reportAnswer, reportIdOf } from '../../../api/admin/reports/report-answer.ts';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { notFound } from '../../../spec/errors.ts';
import { getReport } from '../../../storage/admin/reports.ts';

/** One report. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/event_reports/{reportId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const row = await getReport(ctx.db, 'event', reportIdOf(p.reportId));
    if (!row) throw notFound('There is no such report.');
    return { ...reportAnswer(row), ...(row.eventJson ? { event_json: JSON.parse(row.eventJson) } : {}) };
  },
});
