import { MatrixError } from '../../spec/errors.ts';

/** Longest password, in UTF-16 units: it bounds what one hash costs. */
const LONGEST_PASSWORD = 512;

/**
 * Checks a password that somebody wants to have from now on.
 * @throws MatrixError 400 M_WEAK_PASSWORD, M_INVALID_PARAM
 */
export function checkNewPassword(password: string): void {
  if (password.length > LONGEST_PASSWORD) {
    throw new MatrixError(400, 'M_INVALID_PARAM', `A password may have at most ${LONGEST_PASSWORD} characters.`);
  }
  if (password === '') throw new MatrixError(400, 'M_WEAK_PASSWORD', 'The password is empty.');
}
