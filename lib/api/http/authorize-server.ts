import type { Context } from '../../domain/context.ts';
import { authenticateServer } from '../../domain/federation/authenticate-server.ts';
import { takeFromLimit } from '../../domain/rate-limits.ts';
import type { RequestMeta } from './adapters/request-meta.ts';
import type { Authorized } from './authorize.ts';
import { readJson } from './body.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * Checks the signature that another server puts on its requests, over the URI as it was sent and the whole body, and how
 * much that server asks.
 * @throws MatrixError 401 M_UNAUTHORIZED, 413 M_TOO_LARGE, 429 M_LIMIT_EXCEEDED
 */
export async function authorizeServer(
  ctx: Context,
  endpoint: Endpoint,
  request: Request,
  meta: RequestMeta,
): Promise<Authorized> {
  const maxBytes = endpoint.maxBodyBytes ?? ctx.config.limits.maxFederationBodyBytes;
  const hasBody = endpoint.method === 'PUT' || endpoint.method === 'POST';
  const origin = await authenticateServer(ctx, {
    authorization: request.headers.get('authorization'),
    method: endpoint.method,
    uri: meta.rawUri,
    content: async () => (hasBody ? await readJson(request, maxBytes) : undefined),
  });
  await takeFromLimit(ctx, endpoint.rateLimit ?? 'federation', origin.serverName);
  return { requester: undefined, origin: origin.serverName, parsedBody: { value: origin.content } };
}
