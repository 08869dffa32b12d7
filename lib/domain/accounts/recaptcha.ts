import { MatrixError } from '../../spec/errors.ts';
import type { Context } from '../context.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1_024;
const LONGEST_RESPONSE = 16_384;

/**
 * Asks the captcha's provider whether somebody has solved it.
 * @throws MatrixError 401 when not, or when there is no captcha here.
 */
export async function checkRecaptcha(ctx: Context, response: unknown, ip: string): Promise<void> {
  const { privateKey, siteVerifyUrl } = ctx.config.recaptcha;
  if (privateKey === undefined) throw failed('M_UNRECOGNIZED', 'There is no captcha on this server.');
  if (typeof response !== 'string' || response === '' || response.length > LONGEST_RESPONSE) {
    throw failed('M_CAPTCHA_NEEDED', 'Captcha response is required.');
  }
  if (!(await isSolved(ctx, siteVerifyUrl, new URLSearchParams({ secret: privateKey, response, remoteip: ip })))) {
    throw failed('M_UNAUTHORIZED', 'The captcha was not solved.');
  }
}

async function isSolved(ctx: Context, url: string, form: URLSearchParams): Promise<boolean> {
  try {
    const answer = await ctx.http.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      purpose: 'recaptcha',
      verifyTls: ctx.config.outboundHttp.verifyTls,
      allowPrivateAddresses: ctx.config.outboundHttp.allowPrivateAddresses,
    });
    return JSON.parse(Buffer.from(answer.body).toString('utf8'))?.success === true;
  } catch (error) {
    ctx.log.warn({ err: error }, 'the captcha could not be checked');
    return false;
  }
}

function failed(errcode: string, message: string): MatrixError {
  return new MatrixError(401, errcode, message);
}
