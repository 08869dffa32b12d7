import { arePaused } from '../../../domain/background/pause.ts';
import { UPDATE_ACTIONS } from '../../../domain/background/updates.ts';
import { listJobs } from '../../../storage/admin/jobs.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The background updates that run now, with their speed. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/background_updates/status',
  auth: 'admin',
  async handle(ctx) {
    const jobs = await listJobs(ctx.db, { statuses: ['scheduled', 'active'], limit: 1_000 });
    const updates = jobs.filter((job) => UPDATE_ACTIONS.has(job.action));
    const now = ctx.clock.now();
    const current = updates.slice(-1).map((job) => {
      const items = Number((JSON.parse(job.result) as { items?: number }).items ?? 0);
      const duration = Math.max(now - job.createdTs, 1);
      return [
        'master',
        {
          name: job.action,
          total_item_count: items,
          total_duration_ms: duration,
          average_items_per_ms: items / duration,
        },
      ];
    });
    return { enabled: !(await arePaused(ctx)), current_updates: Object.fromEntries(current) };
  },
});
