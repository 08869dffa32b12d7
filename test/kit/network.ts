import { ReadableStream } from 'node:stream/web';
import type { ConfigInput } from '../../lib/config/config.ts';
import {
  type OutboundHttp,
  OutboundHttpError,
  type OutboundRequest,
  type OutboundResponse,
  type OutboundStream,
} from '../../lib/platform/outbound-http.ts';
import { FakeServer } from './fake-server.ts';
import { type TestServer, testServer } from './server.ts';

/** What answers for a host: the raw URI and the request in, the response out. */
export type Responder = (rawUri: string, init: RequestInit) => Promise<Response>;

/** A request that went over the network. */
export interface Traffic {
  host: string;
  method: string;
  uri: string;
  body: string;
}

/**
 * A network of homeservers in this process: requests are built, signed and checked as between real ones, and carried
 * over without sockets. Hosts can be cut off, and what passes can be read.
 */
export class TestNetwork implements OutboundHttp {
  readonly #hosts = new Map<string, Responder>();
  readonly #closers: (() => Promise<void>)[] = [];
  /** Hosts that nobody reaches. */
  readonly down = new Set<string>();
  /** Everything that reached a host, in order. */
  readonly traffic: Traffic[] = [];
  /** Called before a request is handed over; may answer or fail in its place. */
  intercept: ((traffic: Traffic) => Promise<Response | undefined> | Response | undefined) | undefined;

  /** Puts something at a host (`name` or `name:port`). */
  attach(host: string, responder: Responder): void {
    this.#hosts.set(host, responder);
  }

  /** Starts a homeserver of that name. It is closed with the network. */
  async homeserver(serverName: string, overrides: ConfigInput = {}): Promise<TestServer> {
    const federation = { trustedKeyServers: [], ...((overrides['federation'] as object | undefined) ?? {}) };
    const server = await testServer({ ...overrides, serverName, federation }, { http: this });
    this.attach(serverName, (uri, init) => server.fetch(uri, init));
    this.#closers.push(() => server.close());
    return server;
  }

  /** A server that answers as the test says, with keys that others can fetch. */
  fake(serverName: string): FakeServer {
    const server = new FakeServer(serverName, this);
    this.attach(serverName, (uri, init) => server.answer(uri, init));
    return server;
  }

  /** Requests to a host whose path holds a text. */
  sentTo(host: string, text = ''): Traffic[] {
    return this.traffic.filter((one) => one.host === host && one.uri.includes(text));
  }

  async stream(url: string, request: OutboundRequest): Promise<OutboundStream> {
    const { host, pathname, search } = new URL(url);
    const responder = this.#hosts.get(host);
    if (!responder || this.down.has(host)) throw new OutboundHttpError('unreachable', `${host} is not there`);
    const body = typeof request.body === 'string' ? request.body : Buffer.from(request.body ?? '').toString();
    const traffic = { host, method: request.method ?? 'GET', uri: pathname + search, body };
    this.traffic.push(traffic);
    const response =
      (await this.intercept?.(traffic)) ??
      (await responder(traffic.uri, {
        method: traffic.method,
        headers: request.headers ?? {},
        ...(body === '' ? {} : { body }),
      }));
    if (this.down.has(host)) throw new OutboundHttpError('unreachable', `${host} went away`);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      url,
      body: limited(
        (response.body ?? new ReadableStream({ start: (c) => c.close() })) as ReadableStream<Uint8Array>,
        request,
      ),
    };
  }

  async fetch(url: string, request: OutboundRequest): Promise<OutboundResponse> {
    const { body, ...response } = await this.stream(url, request);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return { ...response, body: Buffer.concat(chunks) };
  }

  /** Contexts share the network, so that none of them may end it. */
  async close(): Promise<void> {}

  /** Ends every homeserver of the network. */
  async end(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }
}

function limited(body: ReadableStream<Uint8Array>, { maxBytes }: OutboundRequest): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let size = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      size += value.byteLength;
      if (size > maxBytes) controller.error(new OutboundHttpError('too-large', 'the answer is too large'));
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
