import { MatrixError } from '../../spec/errors.ts';
import { addBinding, deleteBinding, getBindings, type ThreepidBinding } from '../../storage/threepids/bindings.ts';
import type { Context } from '../context.ts';
import { accepted, askIdentityServer } from './identity-server.ts';
import type { ThreepidCredentials } from './validation.ts';

/**
 * Has an identity server bind an identifier that was validated there to a user.
 * @throws MatrixError what the identity server refused with; 502
 */
export async function bindThreepid(
  ctx: Context,
  userId: string,
  at: ThreepidCredentials & { idServer: string; token: string },
): Promise<void> {
  const answer = await askIdentityServer(ctx, at.idServer, {
    method: 'POST',
    path: '/_matrix/identity/v2/3pid/bind',
    body: { sid: at.sid, client_secret: at.clientSecret, mxid: userId },
    token: at.token,
  });
  const { medium, address } = accepted(answer);
  if (typeof medium !== 'string' || typeof address !== 'string' || /\0/.test(medium + address)) {
    throw new MatrixError(502, 'M_UNKNOWN', 'The answer of the identity server makes no sense.');
  }
  await addBinding(ctx.db, userId, { medium, address, idServer: at.idServer });
}

/**
 * Has identity servers forget whose an identifier is: the one that is named, or all that were told through this server.
 * @returns `no-support` when one of them will not, or none is known.
 */
export async function unbindThreepid(
  ctx: Context,
  userId: string,
  threepid: { medium: string; address: string; idServer?: string },
): Promise<'success' | 'no-support'> {
  const { medium, address, idServer } = threepid;
  const bindings =
    idServer === undefined
      ? await getBindings(ctx.db, userId, { medium, address })
      : [{ medium, address, idServer } satisfies ThreepidBinding];
  let result: 'success' | 'no-support' = bindings.length > 0 ? 'success' : 'no-support';
  for (const binding of bindings) if (!(await unbind(ctx, userId, binding))) result = 'no-support';
  return result;
}

/** Has identity servers forget a user whose account has ended. Those that do not answer are not asked again. */
export async function unbindUser(ctx: Context, userId: string): Promise<void> {
  for (const binding of await getBindings(ctx.db, userId)) {
    try {
      await unbind(ctx, userId, binding);
    } catch (error) {
      ctx.log.warn({ err: error, userId, idServer: binding.idServer }, 'an identifier could not be unbound');
      await deleteBinding(ctx.db, userId, binding);
    }
  }
}

async function unbind(ctx: Context, userId: string, binding: ThreepidBinding): Promise<boolean> {
  const { medium, address, idServer } = binding;
  const answer = await askIdentityServer(ctx, idServer, {
    method: 'POST',
    path: '/_matrix/identity/v2/3pid/unbind',
    body: { mxid: userId, threepid: { medium, address } },
    signed: true,
  });
  // These say that it does not know how to; anything else is an error.
  const supported = ![400, 404, 501].includes(answer.status);
  if (supported) accepted(answer);
  await deleteBinding(ctx.db, userId, binding);
  return supported;
}
