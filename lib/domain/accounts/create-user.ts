import { insertUser, takeGeneratedLocalpart } from '../../storage/accounts/users.ts';
import { insertProfile } from '../../storage/profiles/profiles.ts';
import type { Context } from '../context.ts';
import { hashPassword } from './password-hash.ts';
import { checkLocalpart, userInUse } from './username.ts';

export { createSession } from './create-session.ts';

/** What {@link createUser} takes. */
export interface NewUser {
  /** Absent: a number is taken. */
  localpart?: string;
  /** Absent: no password works. */
  password?: string;
  /** A PHC string that was made already, in place of `password`. */
  passwordHash?: string;
  isAdmin?: boolean;
  isGuest?: boolean;
  /** The localpart when absent; none for a guest. */
  displayName?: string;
  userType?: string | null;
  appserviceId?: string;
}

/**
 * Makes an account, whether or not registration is open.
 * @throws MatrixError 400 M_INVALID_USERNAME or M_USER_IN_USE
 */
export async function createUser(ctx: Context, user: NewUser): Promise<{ userId: string }> {
  if (user.localpart !== undefined && user.appserviceId === undefined) checkLocalpart(user.localpart, ctx.serverName);
  const passwordHash =
    user.passwordHash ??
    (user.password === undefined ? null : await hashPassword(user.password, ctx.config.passwordHash));
  const localpart = await claim(ctx, user, passwordHash);
  const userId = `@${localpart}:${ctx.serverName}`;
  const displayName = user.displayName ?? (user.isGuest ? null : localpart);
  await insertProfile(ctx.db, userId, displayName);
  return { userId };
}

async function claim(ctx: Context, user: NewUser, passwordHash: string | null): Promise<string> {
  for (;;) {
    const localpart = user.localpart ?? (await takeGeneratedLocalpart(ctx.db));
    const added = await insertUser(ctx.db, {
      userId: `@${localpart}:${ctx.serverName}`,
      createdTs: ctx.clock.now(),
      passwordHash,
      isAdmin: user.isAdmin ?? false,
      isGuest: user.isGuest ?? false,
      userType: user.userType ?? null,
      appserviceId: user.appserviceId ?? null,
    });
    if (added) return localpart;
    // An imported account can have a number that the sequence comes to later.
    if (user.localpart !== undefined) throw userInUse();
  }
}
