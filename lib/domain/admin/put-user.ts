import { unknown } from '../../spec/errors.ts';
import { isUserId, localpartOf, serverNameOf } from '../../spec/ids.ts';
import { getUser, setRestrictions } from '../../storage/accounts/users.ts';
import { reactivate, setAdmin, setUserType } from '../../storage/admin/users.ts';
import { changePassword } from '../accounts/change-password.ts';
import { changeSessions } from '../accounts/change-sessions.ts';
import { createUser } from '../accounts/create-user.ts';
import { deactivateUser } from '../accounts/deactivate-user.ts';
import type { Context } from '../context.ts';
import { setProfileField } from '../profiles/change-profile.ts';
import { setExternalIds } from './set-external-ids.ts';
import { canonical, checkThreepidsFree, setThreepids } from './set-threepids.ts';

/** What an administrator wants of an account; what is absent is left. */
export interface UserWish {
  password?: string | null | undefined;
  logout_devices: boolean;
  displayname?: string | null | undefined;
  avatar_url?: string | null | undefined;
  admin?: boolean | undefined;
  deactivated?: boolean | undefined;
  locked?: boolean | undefined;
  suspended?: boolean | undefined;
  user_type?: string | null | undefined;
  /** All the account's identifiers from now on. */
  threepids?: readonly { medium: string; address: string }[] | undefined;
  external_ids?: readonly { auth_provider: string; external_id: string }[] | undefined;
}

/**
 * Makes an account or changes it. True when it is new.
 * @throws MatrixError 400 M_UNKNOWN for a user of another server, or who would demote or end themselves;
 *   M_INVALID_PARAM for an identifier that is none, M_THREEPID_IN_USE; 409 M_UNKNOWN for an external id in use.
 */
export async function putUser(ctx: Context, userId: string, wish: UserWish, by: string): Promise<boolean> {
  if (!isUserId(userId) || serverNameOf(userId) !== ctx.serverName) throw unknown('The user is not of this server.');
  if (userId === by && (wish.admin === false || wish.deactivated)) throw unknown('You may not demote yourself.');
  const threepids = wish.threepids?.map(canonical);
  const before = await getUser(ctx.db, userId);
  if (threepids) await checkThreepidsFree(ctx, userId, threepids);
  if (!before) {
    const password = typeof wish.password === 'string' ? { password: wish.password } : {};
    await createUser(ctx, { localpart: localpartOf(userId), ...password, isAdmin: wish.admin ?? false });
  } else if (wish.deactivated === false && before.deactivatedTs !== null) {
    await changeSessions(ctx, userId, (tx) => reactivate(tx, userId));
  }
  if (before && typeof wish.password === 'string') {
    await changePassword(ctx, userId, wish.password, { logoutDevices: wish.logout_devices });
  }
  const { admin, locked, suspended, user_type: userType } = wish;
  await changeSessions(ctx, userId, async (tx) => {
    if (admin !== undefined) await setAdmin(tx, userId, admin);
    await setRestrictions(tx, userId, {
      ...(locked === undefined ? {} : { locked }),
      ...(suspended === undefined ? {} : { suspended }),
    });
    if (userType !== undefined) await setUserType(tx, userId, userType);
  });
  if (wish.external_ids) await setExternalIds(ctx, userId, wish.external_ids);
  if (threepids) await setThreepids(ctx, userId, threepids);
  if (wish.displayname !== undefined) await setProfileField(ctx, userId, 'displayname', wish.displayname ?? '');
  if (wish.avatar_url !== undefined) await setProfileField(ctx, userId, 'avatar_url', wish.avatar_url ?? '');
  if (wish.deactivated && before?.deactivatedTs === null) await deactivateUser(ctx, userId, { erase: false });
  return !before;
}
