import { Hono, type Context as HonoContext } from 'hono';
import type { Context } from '../../domain/context.ts';
import { inSpan } from '../../observability/tracing.ts';
import { invalidParam, MatrixError, unrecognized } from '../../spec/errors.ts';
import { isUnavailable } from '../../storage/unavailable.ts';
import { endpointsOfUnits } from '../index.ts';
import { healthResponse, metricsResponse } from '../operations/health.ts';
import type { HttpApp, RequestMeta } from './adapters/request-meta.ts';
import { authorize } from './authorize.ts';
import { readBody, readQuery } from './body.ts';
import { corsHeaders, preflight } from './cors.ts';
import type { Endpoint, EndpointRequest } from './endpoint.ts';
import { isJsonResponse, jsonResponse } from './json-response.ts';

interface Env {
  Bindings: { meta: RequestMeta };
}

const METHODS = ['GET', 'PUT', 'POST', 'DELETE'] as const;

/** Builds the application that answers the endpoints of the given units. */
export function buildApp(ctx: Context, unitNames: readonly string[]): HttpApp {
  const app = new Hono<Env>({
    getPath: (_request, options) => rawPath((options as unknown as { env: Env['Bindings'] }).env.meta),
  });
  for (const { endpoint, unit } of endpointsOfUnits(unitNames)) {
    for (const template of [endpoint.path, ...endpoint.aliases]) {
      const path = template.replace(/\{(\w+)\}/g, ':$1');
      app.on(endpoint.method, path, (c) => serve(ctx, unit, endpoint, c));
    }
  }
  // Not of the routing table: every process answers for itself, whatever units it has.
  app.get('/_myelin/health', () => healthResponse(ctx));
  app.get('/metrics', async () => (await metricsResponse(ctx)) ?? errorResponse(unrecognized()));
  app.notFound((c) => {
    if (c.req.method === 'OPTIONS') return preflight();
    const path = rawPath(c.env.meta);
    const other = METHODS.some((method) => app.router.match(method, path)[0].length > 0);
    return errorResponse(
      other ? new MatrixError(405, 'M_UNRECOGNIZED', 'This endpoint has no such method.') : unrecognized(),
    );
  });
  app.onError((error, c) => failure(ctx, error, c.env.meta));
  return {
    fetch: async (request, meta) => app.fetch(request, { meta }),
  };
}

async function serve(ctx: Context, unit: string, endpoint: Endpoint, c: HonoContext<Env>): Promise<Response> {
  const started = performance.now();
  const { meta } = c.env;
  const attributes = { 'http.request.method': endpoint.method, 'http.route': endpoint.path, 'myelin.unit': unit };
  const response = await inSpan(`${endpoint.method} ${endpoint.path}`, { kind: 'server', attributes }, async (span) => {
    const answered = await answer(ctx, endpoint, c, meta).catch((error) => failure(ctx, error, meta));
    span?.setAttribute('http.response.status_code', answered.status);
    return answered;
  });
  const labels = { endpoint: `${endpoint.method} ${endpoint.path}`, unit, status: String(response.status) };
  ctx.metrics.httpRequests.observe((performance.now() - started) / 1_000, labels);
  return response;
}

async function answer(ctx: Context, endpoint: Endpoint, c: HonoContext<Env>, meta: RequestMeta): Promise<Response> {
  const request = c.req.raw;
  requireDecodable(rawPath(meta));
  const cut = meta.rawUri.indexOf('?');
  const searchParams = new URLSearchParams(cut < 0 ? '' : meta.rawUri.slice(cut + 1));
  const { requester, origin, parsedBody } = await authorize(ctx, endpoint, request, searchParams, meta);
  const req: EndpointRequest = {
    request,
    rawUri: meta.rawUri,
    params: c.req.param() as Record<string, string>,
    query: endpoint.querySchema ? readQuery(endpoint.querySchema, searchParams) : undefined,
    searchParams,
    body: endpoint.bodySchema ? await readBody(ctx, endpoint, request, parsedBody) : undefined,
    requester: requester as never,
    origin: origin as never,
    ip: meta.ip,
    userAgent: request.headers.get('user-agent') ?? '',
    get signal() {
      return request.signal;
    },
  };
  const result = await endpoint.handle(ctx, req);
  return result instanceof Response ? withCors(result) : jsonResponse(200, JSON.stringify(result));
}

function withCors(response: Response): Response {
  if (isJsonResponse(response)) return response;
  for (const [name, value] of Object.entries(corsHeaders)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

function failure(ctx: Context, error: unknown, meta: RequestMeta): Response {
  if (error instanceof MatrixError) return errorResponse(error);
  if (isUnavailable(error)) {
    ctx.log.warn({ err: error, requestId: meta?.requestId }, 'a request failed for something that was away');
    const sentence = 'A part of this server cannot be reached right now; try again.';
    return errorResponse(new MatrixError(503, 'M_UNKNOWN', sentence));
  }
  ctx.log.error({ err: error, requestId: meta?.requestId }, 'a request failed');
  return errorResponse(new MatrixError(500, 'M_UNKNOWN', 'Something went wrong inside the server.'));
}

function errorResponse(error: MatrixError): Response {
  const response = jsonResponse(error.status, JSON.stringify(error.toJSON()));
  const retryAfter = error.extra['retry_after_ms'];
  if (typeof retryAfter === 'number') response.headers.set('retry-after', String(Math.ceil(retryAfter / 1_000)));
  return response;
}

/** Hono hands over what it cannot decode as it was sent, and an identifier would then hold percent signs. */
function requireDecodable(path: string): void {
  if (!path.includes('%')) return;
  try {
    decodeURIComponent(path);
  } catch {
    throw invalidParam('The path is not valid percent-encoded UTF-8.');
  }
}

/** The path as sent, nothing decoded. */
function rawPath(meta: RequestMeta): string {
  const cut = meta.rawUri.indexOf('?');
  return cut < 0 ? meta.rawUri : meta.rawUri.slice(0, cut);
}
