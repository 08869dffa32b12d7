import type { Context } from '../../domain/context.ts';
import { submitToken } from '../../domain/threepids/validation.ts';
import type { ThreepidPurpose } from '../../storage/threepids/sessions.ts';
import { escapeHtml, htmlPage } from './html-page.ts';

/** Follows the link of a mail: validates the address and says so, or sends the browser on. */
export async function answerToken(ctx: Context, purpose: ThreepidPurpose, fields: URLSearchParams): Promise<Response> {
  const [token, clientSecret, sid] = ['token', 'client_secret', 'sid'].map((name) => fields.get(name) ?? '');
  const done = await submitToken(ctx, purpose, {
    token: token as string,
    clientSecret: clientSecret as string,
    sid: sid as string,
  });
  if (!done) {
    return htmlPage(
      400,
      'This link does not work',
      '<p>It is too old, or was not copied whole. Ask for another mail.</p>',
    );
  }
  if (done.nextLink !== null) {
    return new Response(null, { status: 302, headers: { location: done.nextLink, 'cache-control': 'no-store' } });
  }
  return htmlPage(200, 'Confirmed', '<p>Your e-mail address is confirmed. You may close this page and go back.</p>');
}

/**
 * The page behind the link that resets a password. It asks once more: programs that look into mails follow links, and
 * do not press buttons.
 */
export function confirmResetPage(query: URLSearchParams): Response {
  const fields = ['token', 'client_secret', 'sid']
    .map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(query.get(name) ?? '')}">`)
    .join('');
  const form = `<form method="post" action="?">${fields}<p><button type="submit">Reset my password</button></p></form>`;
  return htmlPage(
    200,
    'Reset your password',
    `<p>Confirm that you want a new password. If you did not ask for it, close this page.</p>${form}`,
  );
}
