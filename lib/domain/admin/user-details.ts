import { getThreepids } from '../../storage/accounts/threepids.ts';
import { getExternalIds } from '../../storage/admin/external-ids.ts';
import { getListedUser } from '../../storage/admin/users.ts';
import type { Context } from '../context.ts';

/** An account as the admin API shows it alone; `creation_ts` is in seconds there. */
export async function userDetails(ctx: Context, userId: string): Promise<object> {
  const [user, threepids, externalIds] = await Promise.all([
    getListedUser(ctx.db, userId),
    getThreepids(ctx.db, userId),
    getExternalIds(ctx.db, userId),
  ]);
  return {
    ...user,
    creation_ts: Math.floor((user?.creation_ts ?? 0) / 1_000),
    consent_server_notice_sent: null,
    consent_version: null,
    consent_ts: null,
    threepids: threepids.map(({ medium, address, validatedTs, addedTs }) => ({
      medium,
      address,
      validated_at: validatedTs,
      added_at: addedTs,
    })),
    external_ids: externalIds.map((id) => ({ auth_provider: id.authProvider, external_id: id.externalId })),
  };
}
