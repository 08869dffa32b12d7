import { MatrixError } from '../../spec/errors.ts';
import { randomString } from '../../spec/random.ts';
import { getRegistrationToken, insertRegistrationToken, isUsable } from '../../storage/accounts/registration-tokens.ts';
import type { Context } from '../context.ts';

/** What {@link createRegistrationToken} takes. */
export interface NewRegistrationToken {
  /** Absent: a random one. */
  token?: string;
  /** How many accounts; absent: any number. */
  usesAllowed?: number | null;
  /** Milliseconds since the epoch; absent: never. */
  expiresTs?: number | null;
}

/** True for a string that can be a registration token: 1 to 64 characters of the opaque identifier grammar. */
export function isRegistrationToken(token: string): boolean {
  return /^[A-Za-z0-9._~-]{1,64}$/.test(token);
}

/**
 * Makes a token with which people can register.
 * @throws MatrixError 400 M_INVALID_PARAM for a token of a wrong form or one that exists.
 */
export async function createRegistrationToken(ctx: Context, options: NewRegistrationToken = {}): Promise<string> {
  const token = options.token ?? randomString(16);
  if (!isRegistrationToken(token)) {
    throw new MatrixError(400, 'M_INVALID_PARAM', 'A registration token has 1 to 64 characters of A-Z a-z 0-9 . _ ~ -');
  }
  const added = await insertRegistrationToken(ctx.db, {
    token,
    createdTs: ctx.clock.now(),
    usesAllowed: options.usesAllowed ?? null,
    expiresTs: options.expiresTs ?? null,
  });
  if (!added) throw new MatrixError(400, 'M_INVALID_PARAM', 'There is a registration token of that name.');
  return token;
}

/** Whether somebody could register with this token now. */
export async function isValidRegistrationToken(ctx: Context, token: string): Promise<boolean> {
  if (!isRegistrationToken(token)) return false;
  return isUsable(await getRegistrationToken(ctx.db, token), ctx.clock.now());
}
