import { pruneLoginTokens } from '../../storage/accounts/login-tokens.ts';
import { pruneUiAuthSessions } from '../../storage/accounts/ui-auth-sessions.ts';
import type { Context } from '../context.ts';
import { pruneValidation } from '../threepids/validation.ts';
import { UI_AUTH_LIFETIME_MS } from './ui-auth.ts';

/** Removes login tokens that have expired. A job of the background unit. */
export async function pruneTokens(ctx: Pick<Context, 'db' | 'clock'>): Promise<void> {
  await pruneLoginTokens(ctx.db, ctx.clock.now());
}

/** Removes sessions of user-interactive authentication and of addresses' validation that have ended. A job of the background unit. */
export async function pruneAuthenticationSessions(ctx: Pick<Context, 'db' | 'clock'>): Promise<void> {
  await pruneUiAuthSessions(ctx.db, ctx.clock.now() - UI_AUTH_LIFETIME_MS);
  await pruneValidation(ctx);
}
