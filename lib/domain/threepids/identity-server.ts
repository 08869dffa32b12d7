import { canonicalJson } from '../../spec/canonical-json.ts';
import { invalidParam, MatrixError } from '../../spec/errors.ts';
import { isServerName } from '../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { signJson } from '../../spec/signing.ts';
import type { Context } from '../context.ts';

const MOST_ANSWER_BYTES = 262_144;
const LONGEST_WAIT_MS = 10_000;

/** What an identity server answered. */
export interface IdentityAnswer {
  status: number;
  /** Empty when the answer was no JSON object. */
  body: JsonObject;
}

/** A request to an identity server. */
export interface IdentityRequest {
  method: 'GET' | 'POST';
  /** Path with query. */
  path: string;
  body?: JsonObject;
  /** Access token of the user at the identity server. */
  token?: string;
  /** Signs the request as this server does towards others, for what needs no token. */
  signed?: boolean;
}

/**
 * Asks an identity server (identity service API).
 * @throws MatrixError 400 M_INVALID_PARAM for a name that is none, 502 M_UNKNOWN when it does not answer
 */
export async function askIdentityServer(
  ctx: Context,
  idServer: string,
  request: IdentityRequest,
): Promise<IdentityAnswer> {
  if (!isServerName(idServer)) throw invalidParam('id_server is not a server name.');
  const { outboundHttp } = ctx.config;
  const authorization = request.signed
    ? signature(ctx, idServer, request)
    : request.token === undefined
      ? undefined
      : `Bearer ${request.token}`;
  try {
    const response = await ctx.http.fetch(`https://${idServer}${request.path}`, {
      method: request.method,
      headers: {
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      timeoutMs: Math.min(outboundHttp.timeoutMs, LONGEST_WAIT_MS),
      maxBytes: Math.min(outboundHttp.maxResponseBytes, MOST_ANSWER_BYTES),
      verifyTls: outboundHttp.verifyTls,
      allowPrivateAddresses: outboundHttp.allowPrivateAddresses,
      purpose: 'identity',
    });
    return { status: response.status, body: parse(response.body) };
  } catch (error) {
    ctx.log.info({ idServer, reason: (error as Error).message }, 'an identity server did not answer');
    throw new MatrixError(502, 'M_UNKNOWN', 'The identity server did not answer.');
  }
}

/**
 * The answer's body when the server said yes.
 * @throws MatrixError what the identity server refused with, 502 M_UNKNOWN when it failed
 */
export function accepted({ status, body }: IdentityAnswer): JsonObject {
  if (status >= 200 && status <= 299) return body;
  const { errcode, error } = body;
  const refusal = typeof errcode === 'string' ? errcode : 'M_UNKNOWN';
  const message = typeof error === 'string' ? error : 'The identity server refused.';
  // A token that is unknown there says nothing of the one here.
  throw new MatrixError(status === 400 || status === 403 || status === 404 ? status : 502, refusal, message);
}

/** The `Authorization` header by which servers prove who they are (server-server API, "Request Authentication"). */
function signature(ctx: Context, destination: string, { method, path, body }: IdentityRequest): string {
  const { serverName, key } = ctx.signer;
  const signed = signJson(
    { method, uri: path, origin: serverName, destination, ...(body === undefined ? {} : { content: body }) },
    serverName,
    key,
  );
  const sig = signed.signatures[serverName]?.[key.keyId];
  return `X-Matrix origin="${serverName}",destination="${destination}",key="${key.keyId}",sig="${sig}"`;
}

function parse(bytes: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    // What cannot be signed cannot be stored in an event either.
    canonicalJson(value as JsonObject);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
