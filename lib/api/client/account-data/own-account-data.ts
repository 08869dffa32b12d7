import { badJson, forbidden, invalidParam, MatrixError } from '../../../spec/errors.ts';

// What other endpoints keep (client-server API, account data).
const SERVER_MANAGED = new Set(['m.fully_read', 'm.push_rules']);

/**
 * Checks that a user asks for their own account data.
 * @throws MatrixError 403 M_FORBIDDEN
 */
export function requireOwn(userId: string | undefined, requester: { userId: string }): void {
  if (userId !== requester.userId) throw forbidden('Account data of other users is not to be had.');
}

/**
 * Checks the type of account data that a client wants to write.
 * @throws MatrixError 400 or 405 M_BAD_JSON for types that the server keeps.
 */
export function checkType(type: string): void {
  if (SERVER_MANAGED.has(type))
    throw new MatrixError(405, 'M_BAD_JSON', `${type} cannot be set through this endpoint.`);
  if (type.includes('\0')) throw invalidParam('The type of account data must not contain NUL.');
  if (Buffer.byteLength(type) > 255) throw badJson('The type of account data is longer than 255 bytes.');
}
