import { getThreepids } from '../../storage/accounts/threepids.ts';
import { getListedUser } from '../../storage/admin/users.ts';
import type { Context } from '../context.ts';

/** An account as the admin API shows it alone. */
export async function userDetails(ctx: Context, userId: string): Promise<object> {
  const [user, threepids] = await Promise.all([getListedUser(ctx.db, userId), getThreepids(ctx.db, userId)]);
  return {
    ...user,
    threepids: threepids.map(({ medium, address, validatedTs, addedTs }) => ({
      medium,
      address,
      validated_at: validatedTs,
      added_at: addedTs,
    })),
    external_ids: [],
  };
}
