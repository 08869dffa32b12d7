import { canonicalJson } from '../../spec/canonical-json.ts';
import { forbidden, invalidParam, MatrixError } from '../../spec/errors.ts';
import { isServerName } from '../../spec/ids.ts';
import { verifyBytes } from '../../spec/signing.ts';
import { parseXMatrix } from '../../spec/x-matrix.ts';
import type { Context } from '../context.ts';

/** A request as another server sent it. */
export interface ServerRequest {
  /** The Authorization header, or headers. */
  authorization: string | null;
  method: string;
  /** Path and query, nothing decoded. */
  uri: string;
  /** Reads the body as JSON; undefined where there is none. Called once, when the rest is in order. */
  content: () => Promise<unknown>;
}

/**
 * Checks who asks (server-server API, request authentication): one of the signatures has to be right, by a key of the
 * server that is good now, for this server.
 * @returns the server's name and what the body holds
 * @throws MatrixError 401 M_UNAUTHORIZED; 400 M_INVALID_PARAM where the origin cannot be a server; 403 M_FORBIDDEN where this server talks to no others
 */
export async function authenticateServer(
  ctx: Context,
  request: ServerRequest,
): Promise<{ serverName: string; content: unknown }> {
  if (!ctx.config.federation.enabled) throw forbidden('This server does not talk to other servers.');
  const claims = parseXMatrix(request.authorization ?? '');
  if (!claims) throw unauthorized('The request needs an Authorization header of the scheme X-Matrix.');
  const [{ origin, destination } = { origin: '', destination: undefined }] = claims;
  if (!isServerName(origin)) throw invalidParam('The origin in the Authorization header is not the name of a server.');
  if (claims.some((claim) => claim.origin !== origin)) {
    throw unauthorized('The Authorization headers name several servers.');
  }
  if (claims.some((claim) => claim.destination !== undefined && claim.destination !== ctx.serverName)) {
    throw unauthorized('The request is signed for another server.');
  }
  const now = ctx.clock.now();
  const keys = await ctx.federation.keys.publicKeys(
    claims.map(({ key }) => ({ serverName: origin, keyId: key, validAt: now })),
  );
  const content = await request.content();
  const signed = {
    method: request.method,
    uri: request.uri,
    origin,
    // Old servers name no destination and sign it all the same.
    destination: destination ?? ctx.serverName,
    ...(content === undefined ? {} : { content }),
  };
  const text = canonicalJson(signed as object, 'lenient');
  const isSigned = claims.some(({ signature }, i) => {
    const key = keys[i];
    return key !== undefined && verifyBytes(text, signature, key);
  });
  if (!isSigned) throw unauthorized(`The request is not signed by a key of ${origin} that is good now.`);
  await ctx.federation.destinations.reached(origin);
  return { serverName: origin, content };
}

function unauthorized(message: string): MatrixError {
  return new MatrixError(401, 'M_UNAUTHORIZED', message);
}
