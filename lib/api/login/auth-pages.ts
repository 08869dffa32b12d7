import { createHash } from 'node:crypto';
import type { Context } from '../../domain/context.ts';
import { notFound } from '../../spec/errors.ts';
import { escapeHtml, htmlPage } from './html-page.ts';

// The words of the specification: clients wait for just this.
const DONE_SCRIPT = `if (window.onAuthDone) {
  window.onAuthDone();
} else if (window.opener && window.opener.postMessage) {
  window.opener.postMessage("authDone", "*");
}`;
const DONE_SCRIPT_HASH = createHash('sha256').update(DONE_SCRIPT).digest('base64');
const CAPTCHA_ORIGINS = 'https://www.recaptcha.net https://www.gstatic.com https://www.gstatic.cn';

interface StagePage {
  title: string;
  /** HTML inside the form. */
  fields(ctx: Context): string;
  /** What the form's fields are called in `auth`. */
  names: Record<string, string>;
  scriptSource?: string;
  script?: string;
}

const pages: Record<string, StagePage> = {
  'm.login.dummy': {
    title: 'Continue',
    fields: () => '<p>Nothing has to be entered here.</p>',
    names: {},
  },
  'm.login.registration_token': {
    title: 'Registration token',
    fields: () =>
      '<p><label>Registration token: <input name="token" required maxlength="64" autocomplete="off"></label></p>',
    names: { token: 'token' },
  },
  'm.login.recaptcha': {
    title: 'Are you a robot?',
    fields: (ctx) =>
      `<div class="g-recaptcha" data-sitekey="${escapeHtml(ctx.config.recaptcha.publicKey ?? '')}"></div>`,
    names: { 'g-recaptcha-response': 'response' },
    scriptSource: CAPTCHA_ORIGINS,
    script: '<script src="https://www.recaptcha.net/recaptcha/api.js" async defer></script>',
  },
};

/** What was entered on the page of a stage, as members of `auth`; undefined when something is missing. */
export function formFields(authType: string, form: URLSearchParams): Record<string, string> | undefined {
  const fields: Record<string, string> = {};
  for (const [field, name] of Object.entries(pageOf(authType).names)) {
    const value = form.get(field);
    if (value === null) return undefined;
    fields[name] = value;
  }
  return fields;
}

/**
 * The page of a stage.
 * @throws MatrixError 404 M_NOT_FOUND for a stage without one.
 */
export function stagePage(ctx: Context, authType: string, failure?: string): Response {
  const page = pageOf(authType);
  const problem = failure === undefined ? '' : `<p role="alert">${escapeHtml(failure)}</p>`;
  // Without an action the form goes to the address of the page, session included.
  const body = `${problem}<form method="post">${page.fields(ctx)}<p><button type="submit">Continue</button></p></form>`;
  const source = page.scriptSource ? `; script-src ${page.scriptSource}; frame-src ${page.scriptSource}` : '';
  return htmlPage(failure === undefined ? 200 : 401, page.title, `${page.script ?? ''}${body}`, source);
}

/** The page after a stage: it tells the client. */
export function donePage(): Response {
  const body = `<p>Thank you. You may now close this window and go back to your client.</p><script>${DONE_SCRIPT}</script>`;
  return htmlPage(200, 'Done', body, `; script-src 'sha256-${DONE_SCRIPT_HASH}'`);
}

/** The page for a session that is not there. */
export function noSuchSession(): Response {
  return htmlPage(
    400,
    'Too late',
    '<p>This session is unknown or has ended. Please start again in your client.</p>',
    '',
  );
}

function pageOf(authType: string): StagePage {
  const page = Object.hasOwn(pages, authType) ? pages[authType] : undefined;
  if (!page) throw notFound('There is no page for this type of authentication.');
  return page;
}
