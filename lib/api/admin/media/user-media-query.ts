import { z } from 'zod';
import { MEDIA_ORDERS } from '../../../storage/admin/media.ts';
import { offsetParameter, orderParameter, pageSizeParameter } from '../query.ts';

const query = z.object({
  from: offsetParameter,
  limit: pageSizeParameter,
  order_by: z.enum(Object.keys(MEDIA_ORDERS) as [keyof typeof MEDIA_ORDERS]).optional(),
  dir: orderParameter.optional(),
});

/** Which of a user's files are meant, and in what order: the newest first where nothing is said. */
export const userMediaQuery = query;

/** The page that a query means. */
export function userMediaPage({ from, limit, order_by: order, dir }: z.output<typeof query>) {
  const said = order !== undefined || dir !== undefined;
  return { from, limit, order: order ?? ('created_ts' as const), descending: said ? dir === 'b' : true };
}
