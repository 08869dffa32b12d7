import { MatrixError } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { getAccountData } from '../../storage/account-data/account-data.ts';
import type { Context } from '../context.ts';
import { isLocal } from '../profiles/profile.ts';

/**
 * Checks that a local user takes invites (client-server API, invite permission).
 * @throws MatrixError 403 M_INVITE_BLOCKED
 */
export async function checkInvitePermission(ctx: Context, invitee: string): Promise<void> {
  if (!isLocal(ctx, invitee) || invitee.includes('\0')) return;
  const json = await getAccountData(ctx.db, invitee, null, 'm.invite_permission_config');
  if (json === undefined) return;
  const config = JSON.parse(json) as JsonObject;
  if (config['default_action'] === 'block') {
    throw new MatrixError(403, 'M_INVITE_BLOCKED', `${invitee} takes no invites.`);
  }
}
