import { invalidParam, MatrixError } from '../../spec/errors.ts';
import { replaceExternalIds } from '../../storage/admin/external-ids.ts';
import type { Context } from '../context.ts';

/**
 * Gives an account these identities at single sign-on providers, in place of all others.
 * @throws MatrixError 409 M_UNKNOWN when one is another account's, 400 M_INVALID_PARAM.
 */
export async function setExternalIds(
  ctx: Context,
  userId: string,
  ids: readonly { auth_provider: string; external_id: string }[],
): Promise<void> {
  const wanted = ids.map((id) => ({ authProvider: id.auth_provider, externalId: id.external_id }));
  if (wanted.some((id) => /\0/.test(id.authProvider + id.externalId))) {
    throw invalidParam('external_ids cannot have the character U+0000.');
  }
  await ctx.db.tx(async (tx) => {
    if (await replaceExternalIds(tx, userId, wanted)) return;
    throw new MatrixError(409, 'M_UNKNOWN', 'One of the external_ids belongs to another account.');
  });
}
