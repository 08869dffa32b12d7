import { missingParam, notFound } from '../../spec/errors.ts';
import type { Context } from '../context.ts';
import { CAS, type CasPurpose, casLoginUrl } from './cas.ts';

/** A place where users can log in, as `GET /login` names it (client-server API, "SSO client login/authentication"). */
export interface IdentityProvider {
  id: string;
  name: string;
}

/** The providers that are configured. */
export function identityProviders(ctx: Pick<Context, 'config'>): IdentityProvider[] {
  return ctx.config.cas.serverUrl === undefined ? [] : [{ id: CAS, name: 'CAS' }];
}

/**
 * Where a browser goes to log in.
 * @param idpId which provider; absent: the first
 * @throws MatrixError 404 M_NOT_FOUND for a provider that is not there, 400 M_MISSING_PARAM without redirectUrl
 */
export function ssoRedirect(ctx: Context, redirectUrl: string | undefined, idpId?: string): string {
  if (!redirectUrl) throw missingParam('The query has no redirectUrl.');
  return providerUrl(ctx, { redirectUrl }, idpId);
}

/** As {@link ssoRedirect}, to confirm who a session of user-interactive authentication belongs to. */
export function ssoConfirmation(ctx: Context, session: string): string {
  return providerUrl(ctx, { session });
}

function providerUrl(ctx: Context, purpose: CasPurpose, idpId?: string): string {
  const [provider] = identityProviders(ctx).filter((one) => idpId === undefined || one.id === idpId);
  if (!provider) throw notFound('There is no such identity provider.');
  return casLoginUrl(ctx, purpose);
}
