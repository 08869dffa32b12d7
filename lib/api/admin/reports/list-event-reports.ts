import { z } from 'zod';
import { reportAnswer } from '../../../api/admin/reports/report-answer.ts';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { listReports } from '../../../storage/admin/reports.ts';

/** A page of reported events. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/event_reports',
  auth: 'admin',
  query: z.object({
    from: z.coerce
      .number()
      .int()
      .min(0)
      .max(2 ** 31)
      .default(0),
    limit: z.coerce.number().int().min(0).max(1000).default(100),
    dir: z.enum(['f', 'b']).default('b'),
    user_id: z
      .string()
      .max(255)
      .refine((s) => !s.includes('\0'), 'cannot have U+0000')
      .optional(),
    target_user_id: z
      .string()
      .max(255)
      .refine((s) => !s.includes('\0'), 'cannot have U+0000')
      .optional(),
    event_sender_user_id: z
      .string()
      .max(255)
      .refine((s) => !s.includes('\0'), 'cannot have U+0000')
      .optional(),
    room_id: z
      .string()
      .max(255)
      .refine((s) => !s.includes('\0'), 'cannot have U+0000')
      .optional(),
  }),
  async handle(ctx, { query }) {
    const { from, limit, dir: direction, user_id: reporter, room_id: roomId } = query;
    const targetUser = query.event_sender_user_id;
    const { rows, total } = await listReports(ctx.db, 'event', {
      from,
      limit,
      direction,
      reporter,
      roomId,
      targetUser,
    });
    const next = from + rows.length;
    return { event_reports: rows.map(reportAnswer), total, ...(next < total ? { next_token: next } : {}) };
  },
});
