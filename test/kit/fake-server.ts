import { authorizationOf } from '../../lib/domain/federation/request-signature.ts';
import type { OutboundHttp } from '../../lib/platform/outbound-http.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import { generateSigningKey, type SigningKey, signJson } from '../../lib/spec/signing.ts';

/** A request that a {@link FakeServer} got. */
export interface FakeRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
}

/** What a {@link FakeServer} answers: a JSON object (200), or status and object. */
export type FakeAnswer = JsonObject | [status: number, body: JsonObject] | Response;

type Handler = (request: FakeRequest, match: RegExpExecArray) => FakeAnswer | Promise<FakeAnswer>;

/** A server on a test network that does what the test says. It has a signing key, and tells it. */
export class FakeServer {
  readonly name: string;
  readonly #http: OutboundHttp;
  readonly #routes: { method: string; path: RegExp; handler: Handler }[] = [];
  key: SigningKey = generateSigningKey();
  /** Laid over what it says about its keys, before that is signed. */
  keyAnswer: JsonObject = {};

  constructor(name: string, http: OutboundHttp) {
    this.name = name;
    this.#http = http;
    this.on('GET', /^\/_matrix\/key\/v2\/server/, () => this.keys());
  }

  /** Signs as this server. */
  get signer(): { serverName: string; key: SigningKey } {
    return { serverName: this.name, key: this.key };
  }

  /** What it says about its keys, signed. */
  keys(): JsonObject {
    const said = {
      server_name: this.name,
      verify_keys: { [this.key.keyId]: { key: this.key.publicKey } },
      old_verify_keys: {},
      valid_until_ts: Date.now() + 24 * 3_600_000,
      ...this.keyAnswer,
    };
    return signJson(said, this.name, this.key) as unknown as JsonObject;
  }

  /** Answers requests whose raw path matches; the last that was added goes first. */
  on(method: string, path: RegExp, handler: Handler): void {
    this.#routes.unshift({ method, path, handler });
  }

  /** What it answers to a request. */
  async answer(rawUri: string, init: RequestInit): Promise<Response> {
    const url = new URL(rawUri, 'http://x');
    const method = init.method ?? 'GET';
    for (const route of this.#routes) {
      const match = route.method === method ? route.path.exec(url.pathname) : null;
      if (!match) continue;
      const body = typeof init.body === 'string' && init.body !== '' ? JSON.parse(init.body) : undefined;
      const headers = new Headers(init.headers);
      const answer = await route.handler({ method, path: url.pathname, query: url.searchParams, headers, body }, match);
      if (answer instanceof Response) return answer;
      const [status, value] = Array.isArray(answer) ? answer : [200, answer];
      return Response.json(value, { status });
    }
    return Response.json({ errcode: 'M_UNRECOGNIZED', error: 'no such endpoint' }, { status: 404 });
  }

  /** Asks another server, signed as this one. */
  async request(
    destination: string,
    method: string,
    uri: string,
    content?: JsonObject,
    headers: Record<string, string> = {},
    // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  ): Promise<{ status: number; body: any }> {
    const authorization = authorizationOf(this.signer, { method, uri, destination, content });
    const response = await this.#http.fetch(`https://${destination}${uri}`, {
      method,
      headers: { authorization, ...(content ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(content ? { body: JSON.stringify(content) } : {}),
      timeoutMs: 30_000,
      maxBytes: 10_000_000,
      purpose: 'test',
    });
    const text = Buffer.from(response.body).toString();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }
}
