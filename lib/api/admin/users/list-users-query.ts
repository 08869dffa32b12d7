import { z } from 'zod';
import type { Context } from '../../../domain/context.ts';
import { listUsers, USER_ORDERS } from '../../../storage/admin/users.ts';
import {
  choiceParameter,
  nextToken,
  offsetParameter,
  orderParameter,
  pageSizeParameter,
  searchParameter,
} from '../query.ts';

const typeParameter = z.string().max(255);

/** Parameters of the lists of accounts. */
export const listUsersQuery = z.object({
  from: offsetParameter,
  limit: pageSizeParameter,
  order_by: z.enum(Object.keys(USER_ORDERS) as [keyof typeof USER_ORDERS]).default('name'),
  dir: orderParameter.default('f'),
  name: searchParameter,
  user_id: searchParameter,
  guests: choiceParameter,
  deactivated: choiceParameter,
  admins: choiceParameter,
  locked: choiceParameter,
  not_user_type: z.union([typeParameter, z.array(typeParameter).max(20)]).optional(),
});

/**
 * A page of accounts.
 * @param deactivated only accounts that are, or are not; undefined gives both.
 */
export async function listUsersAnswer(
  ctx: Context,
  query: z.output<typeof listUsersQuery>,
  deactivated: boolean | undefined,
) {
  const { from, limit, name } = query;
  const { users, total } = await listUsers(ctx.db, {
    from,
    limit,
    name,
    // The name goes before.
    userId: name === undefined ? query.user_id : undefined,
    order: query.order_by,
    descending: query.dir === 'b',
    guests: query.guests ?? true,
    deactivated,
    admins: query.admins,
    locked: query.locked ?? false,
    notUserTypes: [query.not_user_type ?? []].flat().filter((type) => !type.includes('\0')),
  });
  const { next_token: next } = nextToken(from, users.length, total);
  return { users, total, ...(next === undefined ? {} : { next_token: String(next) }) };
}
