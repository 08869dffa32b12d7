import { invalidParam, missingParam, unknown } from '../../spec/errors.ts';
import { getUserByThreepid } from '../../storage/accounts/threepids.ts';
import { getUsersOfAnyCase, type UserRow } from '../../storage/accounts/users.ts';
import type { Context } from '../context.ts';

/** Whom somebody says to be (client-server API, "Identifier types"), not checked yet. */
export interface UserIdentifier {
  type?: unknown;
  user?: unknown;
  medium?: unknown;
  address?: unknown;
  phone?: unknown;
  number?: unknown;
}

/** Where an identifier may stand beside its older forms. */
export interface HasIdentifier extends Pick<UserIdentifier, 'user' | 'medium' | 'address'> {
  identifier?: UserIdentifier;
}

/** The identifier in a login or an `m.login.password` stage, older forms (`user`, `medium` and `address`) included. */
export function identifierOf(from: HasIdentifier): UserIdentifier {
  if (from.identifier !== undefined) return from.identifier;
  if (from.user !== undefined) return { type: 'm.id.user', user: from.user };
  if (from.medium !== undefined || from.address !== undefined) {
    return { type: 'm.id.thirdparty', medium: from.medium, address: from.address };
  }
  throw missingParam('The body has no identifier.');
}

/**
 * A name for whom an identifier means, whether or not there is such an account: what rate limits count by.
 * @throws MatrixError 400 for an identifier of a wrong form.
 */
export function identifierKey(identifier: UserIdentifier, serverName: string): string {
  switch (identifier.type) {
    case 'm.id.user':
      return fullUserId(text(identifier.user, 'user'), serverName).toLowerCase();
    case 'm.id.thirdparty': {
      const medium = text(identifier.medium, 'medium');
      return `${medium} ${canonicalAddress(medium, text(identifier.address, 'address'))}`;
    }
    case 'm.id.phone':
      return `msisdn ${canonicalAddress('msisdn', text(identifier.phone ?? identifier.number, 'phone'))}`;
    default:
      throw unknown('This type of identifier is not known.');
  }
}

/**
 * The account that an identifier means. A user id counts whatever the case of its letters, as long as only one account
 * has it so; an exact one goes before.
 */
export async function findUser(ctx: Context, identifier: UserIdentifier): Promise<UserRow | undefined> {
  const key = identifierKey(identifier, ctx.serverName);
  let userId: string | undefined;
  if (identifier.type === 'm.id.user') userId = fullUserId(String(identifier.user), ctx.serverName);
  else {
    const cut = key.indexOf(' ');
    userId = await getUserByThreepid(ctx.db, key.slice(0, cut), key.slice(cut + 1));
  }
  if (userId === undefined || !userId.endsWith(`:${ctx.serverName}`)) return undefined;
  const users = await getUsersOfAnyCase(ctx.db, userId);
  return users.find((user) => user.userId === userId) ?? (users.length === 1 ? users[0] : undefined);
}

/** An address in the form in which it is stored. */
export function canonicalAddress(medium: string, address: string): string {
  if (medium === 'msisdn') return address.replace(/\D/g, '');
  return medium === 'email' ? address.trim().toLowerCase() : address;
}

function fullUserId(user: string, serverName: string): string {
  return user.startsWith('@') ? user : `@${user}:${serverName}`;
}

function text(value: unknown, name: string): string {
  if (value === undefined) throw missingParam(`The identifier has no ${name}.`);
  if (typeof value !== 'string' || value.includes('\0')) throw invalidParam(`The identifier's ${name} is not valid.`);
  return value;
}
