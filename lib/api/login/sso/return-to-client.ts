import type { Context } from '../../../domain/context.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { escapeHtml, htmlPage } from '../html-page.ts';
import { redirect } from './redirect.ts';

/** What a browser would run instead of visiting. */
const DANGEROUS = /^(javascript|data|vbscript|file|blob|about):/i;

/**
 * Sends a browser back to the client with a login token: at once to the addresses that the configuration trusts,
 * elsewhere after the user has seen where, since whoever gets the token has the account.
 * @throws MatrixError 400 M_INVALID_PARAM for an address that is none
 */
export function returnToClient(ctx: Context, redirectUrl: string, loginToken: string, userId: string): Response {
  if (!URL.canParse(redirectUrl) || DANGEROUS.test(redirectUrl.trim())) {
    throw invalidParam('redirectUrl is not an address of a client.');
  }
  const target = withToken(redirectUrl, loginToken);
  const trusted = [`${ctx.config.publicBaseUrl}/`, ...ctx.config.sso.trustedRedirects];
  if (trusted.some((beginning) => redirectUrl.startsWith(beginning))) return redirect(target);
  const { protocol, host } = new URL(redirectUrl);
  const where = host === '' ? protocol.replace(/:$/, '') : host;
  return htmlPage(
    200,
    'Continue to your client',
    `<p>You are about to log in as <strong>${escapeHtml(userId)}</strong> at <strong>${escapeHtml(where)}</strong>.
It will have full access to your account. Go on only if you have started this there.</p>
<p><a href="${escapeHtml(target)}">Continue</a></p>`,
  );
}

/** Adds the token to the query as text: taking the address apart would change what the client has put there. */
function withToken(redirectUrl: string, loginToken: string): string {
  const [, address = '', query, fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(redirectUrl) ?? [];
  return `${address}${query ? `${query}&` : '?'}loginToken=${encodeURIComponent(loginToken)}${fragment}`;
}
