import { authenticate } from '../../domain/accounts/authenticate.ts';
import type { Context } from '../../domain/context.ts';
import { takeFromLimit } from '../../domain/rate-limits.ts';
import { forbidden, MatrixError, missingToken } from '../../spec/errors.ts';
import type { RequestMeta } from './adapters/request-meta.ts';
import { authorizeServer } from './authorize-server.ts';
import type { Endpoint, Requester } from './endpoint.ts';

/** What came of checking who asks. */
export interface Authorized {
  requester: Requester | undefined;
  origin: string | undefined;
  /** The JSON body, where checking has read it (a federation signature covers it). */
  parsedBody: { value: unknown } | undefined;
}

/**
 * Checks the access token, or the server's signature, that an endpoint wants, and the rate limit of its kind.
 * @throws MatrixError 401 M_MISSING_TOKEN or M_UNKNOWN_TOKEN, 403 M_FORBIDDEN or M_GUEST_ACCESS_FORBIDDEN, 429.
 */
export async function authorize(
  ctx: Context,
  endpoint: Endpoint,
  request: Request,
  searchParams: URLSearchParams,
  meta: RequestMeta,
): Promise<Authorized> {
  if (endpoint.auth === 'federation') return authorizeServer(ctx, endpoint, request, meta);
  const requester = await requesterOf(ctx, endpoint, request, searchParams, meta);
  if (endpoint.rateLimit && !requester?.appserviceId) {
    await takeFromLimit(ctx, endpoint.rateLimit, requester?.userId ?? meta.ip);
  }
  return { requester, origin: undefined, parsedBody: undefined };
}

async function requesterOf(
  ctx: Context,
  endpoint: Endpoint,
  request: Request,
  searchParams: URLSearchParams,
  meta: RequestMeta,
): Promise<Requester | undefined> {
  if (endpoint.auth === 'none') return undefined;
  const token = tokenOf(request, searchParams);
  if (token === undefined) {
    if (endpoint.auth === 'optional') return undefined;
    throw missingToken();
  }
  const requester = await authenticate(ctx, token, {
    userId: searchParams.get('user_id'),
    deviceId: searchParams.get('device_id') ?? searchParams.get('org.matrix.msc3202.device_id'),
    ip: meta.ip,
    userAgent: request.headers.get('user-agent') ?? '',
    allowLocked: endpoint.allowLocked,
    allowSuspended: endpoint.allowSuspended,
  });
  if (requester.isGuest && endpoint.auth === 'user') {
    throw new MatrixError(403, 'M_GUEST_ACCESS_FORBIDDEN', 'Guests may not do this.');
  }
  if (endpoint.auth === 'admin' && !requester.isAdmin) throw forbidden('You are not a server administrator.');
  return requester;
}

function tokenOf(request: Request, searchParams: URLSearchParams): string | undefined {
  const header = request.headers.get('authorization');
  if (header !== null) {
    const match = /^Bearer +(\S+)$/i.exec(header);
    if (!match) throw missingToken();
    return match[1];
  }
  return searchParams.get('access_token') ?? undefined;
}
