import { Parser } from 'htmlparser2';
import { MatrixError } from '../../spec/errors.ts';
import type { Context } from '../context.ts';

/** The provider's name in external identities and in `GET /login`. */
export const CAS = 'cas';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1_024;
const LONGEST_TICKET = 2_048;

/** What a visit to the CAS server is for: a client waits at `redirectUrl`, or a `session` wants its user confirmed. */
export type CasPurpose = { redirectUrl: string } | { session: string };

/** Where a browser is sent to log in at the CAS server. */
export function casLoginUrl(ctx: Context, purpose: CasPurpose): string {
  return `${serverUrl(ctx)}/login?${new URLSearchParams({ service: serviceUrl(ctx, purpose) })}`;
}

/**
 * Asks the CAS server whose a ticket is (CAS protocol 2.0, "/proxyValidate").
 * @param purpose what the ticket was asked for; the CAS server refuses it for anything else
 * @returns the name of the user there
 * @throws MatrixError 403 when the ticket is not valid, 502 when the CAS server gives no proper answer
 */
export async function validateCasTicket(ctx: Context, ticket: string, purpose: CasPurpose): Promise<string> {
  if (ticket.length > LONGEST_TICKET) throw refused();
  const query = new URLSearchParams({ ticket, service: serviceUrl(ctx, purpose) });
  const answer = await ctx.http
    .fetch(`${serverUrl(ctx)}/proxyValidate?${query}`, {
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      purpose: 'cas',
      verifyTls: ctx.config.outboundHttp.verifyTls,
      allowPrivateAddresses: ctx.config.outboundHttp.allowPrivateAddresses,
    })
    .catch((error: Error) => {
      ctx.log.warn({ err: error }, 'the CAS server does not answer');
      throw noAnswer();
    });
  if (answer.status !== 200) throw noAnswer();
  const user = userOfAnswer(Buffer.from(answer.body).toString('utf8'));
  if (user === undefined) throw refused();
  return user;
}

/** The user that a service response names, if it reports success. */
export function userOfAnswer(xml: string): string | undefined {
  const path: string[] = [];
  let user: string | undefined;
  const parser = new Parser(
    {
      onopentag: (name) => path.push(name.replace(/^.*:/, '')),
      onclosetag: () => path.pop(),
      ontext: (text) => {
        if (path.join('/') === 'serviceResponse/authenticationSuccess/user') user = (user ?? '') + text;
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(xml);
  return user?.trim() || undefined;
}

// Ends in r0 as in Synapse: CAS servers have lists of the services they know.
function serviceUrl(ctx: Context, purpose: CasPurpose): string {
  return `${ctx.config.publicBaseUrl}/_matrix/client/r0/login/cas/ticket?${new URLSearchParams(purpose)}`;
}

function serverUrl(ctx: Context): string {
  const url = ctx.config.cas.serverUrl;
  if (url === undefined) throw new MatrixError(404, 'M_UNRECOGNIZED', 'There is no login by CAS on this server.');
  return url.replace(/\/+$/, '');
}

function refused(): MatrixError {
  return new MatrixError(403, 'M_FORBIDDEN', 'The CAS server does not accept this ticket.');
}

function noAnswer(): MatrixError {
  return new MatrixError(502, 'M_UNKNOWN', 'The CAS server gives no proper answer.');
}
