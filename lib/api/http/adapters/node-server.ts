import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server';
import { isJsonResponse } from '../json-response.ts';
import { type ProxyTrust, proxyTrust } from './client-address.ts';
import { malformedRequest, serverFault } from './error-response.ts';
import { EDGE_SECRET_HEADER, type HttpApp, RAW_URI_HEADER, type RequestMeta, takeEdgeHeaders } from './request-meta.ts';

export interface NodeServerOptions {
  /** Address to listen on. */
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Serves HTTPS with this PEM chain and key. */
  tls?: { cert: string | Buffer; key: string | Buffer };
  /** Whose `X-Forwarded-For` and `X-Request-Id` are believed. */
  trustedProxies?: readonly string[];
  /** Secret of the edge, see {@link takeEdgeHeaders}. */
  edgeSecret?: string;
  /** Longest request line and headers together, in bytes: filters and signatures travel there. */
  maxHeaderBytes?: number;
  /** How long an idle connection is kept, in ms: longer than a load balancer keeps it (60 s). */
  keepAliveMs?: number;
  /** How long a whole request may take to arrive, in ms: large uploads over slow links. */
  requestTimeoutMs?: number;
  /** Told of everything that the application should have answered itself, and of bodies that broke off. */
  onError?(error: unknown, meta: RequestMeta | undefined): void;
}

export interface NodeServer {
  /** Where it listens, e.g. `http://127.0.0.1:8008`. */
  url: string;
  port: number;
  /**
   * Stops listening and lets requests under way finish. Those that take long are asked to hurry: their signal aborts,
   * upon which long polls answer. After `graceMs` they are cut.
   */
  close(graceMs?: number): Promise<void>;
}

const DEFAULT_HEADER_BYTES = 64 * 1024;
const DEFAULT_KEEP_ALIVE_MS = 72_000;
const DEFAULT_REQUEST_TIMEOUT_MS = 30 * 60_000;
const DEFAULT_GRACE_MS = 8_000;
/** How long requests may take after close before they are asked to hurry. */
const HURRY_MS = 300;

/**
 * Serves an application over HTTP or HTTPS. Bodies stream both ways; the request's signal aborts when the client goes
 * away, and when the server is closing.
 * @throws Error when the address is taken or not ours (code EADDRINUSE, EADDRNOTAVAIL, EACCES)
 */
export async function serveNode(app: HttpApp, options: NodeServerOptions): Promise<NodeServer> {
  const settings = {
    maxHeaderSize: options.maxHeaderBytes ?? DEFAULT_HEADER_BYTES,
    keepAliveTimeout: options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS,
    requestTimeout: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
  };
  const pending = new Set<Hurry>();
  const listener = nodeListener(app, options, pending);
  const server = options.tls
    ? createTlsServer({ ...settings, ...options.tls }, listener)
    : createServer(settings, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls ? 'https' : 'http'}://${host}:${port}`,
    port,
    close: (graceMs = DEFAULT_GRACE_MS) => close(server, pending, graceMs),
  };
}

type ListenerOptions = Pick<NodeServerOptions, 'trustedProxies' | 'edgeSecret' | 'onError'>;

function nodeListener(app: HttpApp, options: ListenerOptions, pending: Set<Hurry>): RequestListener {
  const proxies = proxyTrust(options.trustedProxies ?? []);
  const rawUris = new WeakMap<IncomingMessage, string>();
  const listener = getRequestListener(
    async (request, env) => {
      const { incoming, outgoing } = env as HttpBindings;
      follow(request, outgoing, pending);
      const meta = metaOf(incoming, rawUris.get(incoming) ?? '/', request, proxies, options.edgeSecret);
      try {
        return cutOnFailure(await app.fetch(request, meta), outgoing, (error) => options.onError?.(error, meta));
      } catch (error) {
        options.onError?.(error, meta);
        return serverFault();
      }
    },
    { errorHandler: (error) => (error instanceof RequestError ? malformedRequest() : serverFault()) },
  );
  return (incoming, outgoing) => {
    const target = incoming.url ?? '/';
    rawUris.set(incoming, originForm(target));
    if (ORDINARY.test(target) && !DOTS.test(target)) incoming.url = '/';
    void listener(incoming, outgoing);
  };
}

/**
 * Targets that are right as they are. Nobody reads the URL of the request (the raw URI is what counts), so that of an
 * ordinary one need not be parsed, which percent signs would cause.
 */
const ORDINARY = /^\/[!#$%&-;=?-[\]_a-z~]*$/;
const DOTS = /\/\.\.?(?:[/?#]|$)/;

/** Makes a request hurry: its signal aborts. */
type Hurry = () => void;

/**
 * Gives a request a signal that aborts when its client goes away, or when whoever has `pending` says so. Most requests are
 * answered without anybody having asked for it, so it is made when somebody does.
 */
function follow(request: Request, outgoing: ServerResponse, pending: Set<Hurry>): void {
  let controller: AbortController | undefined;
  const signal = () => {
    if (controller) return controller.signal;
    const own = new AbortController();
    controller = own;
    const hurry = () => own.abort();
    if (outgoing.destroyed && !outgoing.writableFinished) hurry();
    pending.add(hurry);
    outgoing.once('close', () => {
      pending.delete(hurry);
      if (!outgoing.writableFinished) hurry();
    });
    return own.signal;
  };
  Object.defineProperty(request, 'signal', { get: signal });
}

const REQUEST_ID = /^[A-Za-z0-9._:/+=-]{1,128}$/;

function metaOf(
  incoming: IncomingMessage,
  rawUri: string,
  request: Request,
  proxies: ProxyTrust,
  edgeSecret: string | undefined,
): RequestMeta {
  const { headers, socket } = incoming;
  const givenId = headers['x-request-id'];
  const known = typeof givenId === 'string' && REQUEST_ID.test(givenId) && proxies.trusts(socket.remoteAddress);
  let requestId = known ? givenId : undefined;
  const meta: RequestMeta = {
    rawUri,
    ip: proxies.clientOf(socket.remoteAddress, joined(headers['x-forwarded-for'])),
    get requestId() {
      requestId ??= randomUUID();
      return requestId;
    },
  };
  const edged = headers[EDGE_SECRET_HEADER] !== undefined || headers[RAW_URI_HEADER] !== undefined;
  return edged ? { ...meta, ...takeEdgeHeaders(request.headers, edgeSecret) } : meta;
}

/** Proxies may send the absolute form of a request target; what is signed is its path and query. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  return target.replace(/^https?:\/\/[^/?]*/i, '').replace(/^(?!\/)/, '/');
}

function joined(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}

/**
 * A body that fails half-way must not look whole: the connection is cut instead. JSON is left alone, it is a string and
 * cannot fail.
 */
function cutOnFailure(response: Response, outgoing: ServerResponse, onError: (error: unknown) => void): Response {
  if (isJsonResponse(response) || !response.body) return response;
  if (response.headers.get('content-type')?.startsWith('application/json')) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        onError(error);
        outgoing.destroy();
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
}

async function close(server: Server, pending: ReadonlySet<Hurry>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that turns idle after this must go too, or its client would keep the server open.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  // Again and again: who is asked may have begun to wait since.
  const hurrying = setInterval(() => {
    for (const hurry of pending) hurry();
  }, HURRY_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearInterval(hurrying);
  clearTimeout(cut);
}
