import type { lookup } from 'node:dns';
import { ReadableStream } from 'node:stream/web';
import type { Dispatcher } from 'undici';
import {
  type OutboundFailure,
  type OutboundHttp,
  OutboundHttpError,
  type OutboundRequest,
  type OutboundResponse,
  type OutboundStream,
} from '../outbound-http.ts';
import { GuardedAgents } from './guarded-agents.ts';

/** Told once about every request, when it has ended or its body is about to be read. */
export type OutboundObserver = (end: { purpose: string; outcome: string; seconds: number }) => void;

/** Settings of {@link GuardedHttp}. */
export interface GuardedHttpOptions {
  userAgent?: string;
  observe?: OutboundObserver;
  /** How names become addresses; for tests. */
  resolve?: typeof lookup;
}

interface Hop {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: Uint8Array | string | undefined;
}

// What the first host was told in confidence is not for the one that it points to.
const PRIVATE_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** The guarded client over undici. */
export class GuardedHttp implements OutboundHttp {
  readonly #agents: GuardedAgents;
  readonly #userAgent: string;
  readonly #observe: OutboundObserver;

  constructor(options: GuardedHttpOptions = {}) {
    this.#agents = new GuardedAgents(options.resolve);
    this.#userAgent = options.userAgent ?? 'Myelin';
    this.#observe = options.observe ?? (() => {});
  }

  async fetch(url: string, request: OutboundRequest): Promise<OutboundResponse> {
    const { body, ...response } = await this.stream(url, request);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return { ...response, body: Buffer.concat(chunks) };
  }

  async stream(url: string, request: OutboundRequest): Promise<OutboundStream> {
    const started = performance.now();
    const deadline = deadlineSignal(request);
    const observe = (outcome: string) =>
      this.#observe({ purpose: request.purpose, outcome, seconds: (performance.now() - started) / 1_000 });
    try {
      const { hop, response } = await this.#follow(url, request, deadline.signal);
      observe(`${Math.floor(response.statusCode / 100)}xx`);
      return {
        status: response.statusCode,
        headers: flatten(response.headers),
        url: hop.url.href,
        body: limitedBody(response.body, request, deadline),
      };
    } catch (error) {
      deadline.end();
      const failure = translate(error, request, deadline.signal);
      observe(failure.reason);
      throw failure;
    }
  }

  close(): Promise<void> {
    return this.#agents.close();
  }

  async #follow(url: string, request: OutboundRequest, signal: AbortSignal) {
    let hop: Hop = {
      url: parseUrl(url),
      method: request.method ?? 'GET',
      headers: { 'user-agent': this.#userAgent, ...lowerCase(request.headers ?? {}) },
      body: request.body,
    };
    let { connectTo } = request;
    for (let left = request.followRedirects ?? 0; ; left -= 1) {
      const response = await this.#agents.get({ ...request, connectTo }).request({
        origin: hop.url.origin,
        path: hop.url.pathname + hop.url.search,
        method: hop.method as Dispatcher.HttpMethod,
        headers: hop.headers,
        body: hop.body,
        signal,
      });
      const { location } = response.headers;
      if (![301, 302, 303, 307, 308].includes(response.statusCode) || !location || !request.followRedirects) {
        return { hop, response };
      }
      response.body.on('error', () => {}).destroy();
      if (left <= 0) throw new OutboundHttpError('too-many-redirects', `${hop.url.host} redirects once too often`);
      hop = redirected(hop, String(location), response.statusCode);
      connectTo = undefined;
    }
  }
}

function redirected(hop: Hop, location: string, status: number): Hop {
  const url = parseUrl(location, hop.url);
  const keepsMethod = status === 307 || status === 308 || hop.method === 'GET' || hop.method === 'HEAD';
  const dropped = (name: string) =>
    name === 'host' ||
    (url.origin !== hop.url.origin && PRIVATE_HEADERS.has(name)) ||
    (!keepsMethod && name.startsWith('content-'));
  return {
    url,
    method: keepsMethod ? hop.method : 'GET',
    headers: Object.fromEntries(Object.entries(hop.headers).filter(([name]) => !dropped(name))),
    body: keepsMethod ? hop.body : undefined,
  };
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password) {
    throw new OutboundHttpError('bad-url', 'not a URL that can be fetched: http or https, without a user');
  }
  return url;
}

interface Deadline {
  signal: AbortSignal;
  end(): void;
}

function deadlineSignal(request: OutboundRequest): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new OutboundHttpError('timeout', `no whole answer within ${request.timeoutMs} ms`));
  }, request.timeoutMs);
  const onAbort = () => controller.abort(new OutboundHttpError('aborted', 'the request was given up'));
  if (request.signal?.aborted) onAbort();
  request.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
    },
  };
}

function limitedBody(
  body: Dispatcher.ResponseData['body'],
  request: OutboundRequest,
  deadline: Deadline,
): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let bytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done) {
            deadline.end();
            controller.close();
            return;
          }
          bytes += value.byteLength;
          if (bytes > request.maxBytes) {
            throw new OutboundHttpError('too-large', `the answer is larger than ${request.maxBytes} bytes`);
          }
          controller.enqueue(value);
        } catch (error) {
          deadline.end();
          body.on('error', () => {}).destroy();
          controller.error(translate(error, request, deadline.signal));
        }
      },
      cancel() {
        deadline.end();
        body.on('error', () => {}).destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

function translate(error: unknown, request: OutboundRequest, signal: AbortSignal): OutboundHttpError {
  if (error instanceof OutboundHttpError) return error;
  if (signal.aborted) return signal.reason;
  const { code = '', cause } = error as { code?: string; cause?: unknown };
  if (cause instanceof OutboundHttpError) return cause;
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return new OutboundHttpError('timeout', 'no connection in time', { cause: error });
  }
  const reason: OutboundFailure = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code) ? 'tls' : 'unreachable';
  return new OutboundHttpError(reason, `the ${request.purpose} request failed: ${code || (error as Error).message}`, {
    cause: error,
  });
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
