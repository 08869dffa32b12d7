import { MatrixError } from '../../spec/errors.ts';
import { fitsIdLength } from '../../spec/ids.ts';
import { mapToLocalpart } from '../../spec/map-localpart.ts';
import { getUser } from '../../storage/accounts/users.ts';
import { addExternalId, type ExternalId, getUserByExternalId } from '../../storage/admin/external-ids.ts';
import { createUser } from '../accounts/create-user.ts';
import type { Context } from '../context.ts';

/**
 * The local user that somebody at an identity provider is. On their first visit it is the account of the same name, or a
 * new one: whoever runs the provider decides over its names.
 * @throws MatrixError 403 M_FORBIDDEN when the name there gives no user id here, or the account is deactivated
 */
export async function userOfIdentity(ctx: Context, identity: ExternalId, name: string): Promise<string> {
  const known = await getUserByExternalId(ctx.db, identity);
  const userId = known ?? (await adoptOrCreate(ctx, name));
  const user = await getUser(ctx.db, userId);
  if (!user || user.deactivatedTs !== null) throw refused('This account has been deactivated.');
  if (known === undefined) await addExternalId(ctx.db, userId, identity);
  return userId;
}

async function adoptOrCreate(ctx: Context, name: string): Promise<string> {
  const localpart = mapToLocalpart(name);
  const userId = `@${localpart}:${ctx.serverName}`;
  if (localpart === '' || !fitsIdLength(userId)) throw refused('Your name at the provider gives no user id.');
  if (await getUser(ctx.db, userId)) return userId;
  try {
    return (await createUser(ctx, { localpart, displayName: name })).userId;
  } catch (error) {
    // Two tickets of one newcomer at a time: the other has made the account.
    if (error instanceof MatrixError && error.errcode === 'M_USER_IN_USE') return userId;
    throw error;
  }
}

function refused(message: string): MatrixError {
  return new MatrixError(403, 'M_FORBIDDEN', message);
}
