import type { RegistrationTokenRow } from '../../../storage/accounts/registration-tokens.ts';

/** A registration token as the admin API shows it. */
export function tokenAnswer(row: RegistrationTokenRow | undefined) {
  if (!row) return {};
  const { token, usesAllowed: uses_allowed, pending, completed, expiresTs: expiry_time } = row;
  return { token, uses_allowed, pending, completed, expiry_time };
}
