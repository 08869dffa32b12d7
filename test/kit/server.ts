import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from '../../lib/api/http/adapters/in-process.ts';
import { buildApp } from '../../lib/api/http/app.ts';
import { type Config, type ConfigInput, loadConfig } from '../../lib/config/config.ts';
import { createContext, type OpenContext } from '../../lib/domain/create-context.ts';
import { createLogger } from '../../lib/observability/logger.ts';
import type { OutboundHttp } from '../../lib/platform/outbound-http.ts';
import { UNIT_NAMES } from '../../lib/routing/unit-names.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import { noted } from './coverage.ts';
import { testDatabase } from './postgres.ts';

/** What came back. */
export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
  headers: Headers;
}

/** A user of a test server. */
export interface TestUser {
  userId: string;
  token: string;
  deviceId: string;
  /** A request with the user's token. `path` without `/_matrix/client` is below `/_matrix/client/v3`. */
  call(
    method: string,
    path: string,
    body?: unknown,
    options?: { headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Answer>;
}

/** A homeserver of its own, called in process. */
export interface TestServer {
  ctx: OpenContext;
  /** Those of all its processes; one where everything is in one. */
  contexts: readonly OpenContext[];
  /** A request without a token. */
  call(
    method: string,
    path: string,
    body?: unknown,
    options?: { headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Answer>;
  /** Raw access to the application. */
  fetch: ReturnType<typeof inProcess>;
  /** Registers a user (password `secret-of-<name>`). */
  user(name: string, options?: { admin?: boolean }): Promise<TestUser>;
  close(): Promise<void>;
}

/**
 * Starts a homeserver over a fresh database. Registration is open, rate limits are off, password hashes are cheap. With
 * `MYELIN_TEST_PLACEMENT=scaled` its units are apart, as in that placement.
 * @param ports what it is to use in place of the real ones
 */
export async function testServer(
  overrides: ConfigInput = {},
  ports: { http?: OutboundHttp } = {},
): Promise<TestServer> {
  const database = await testDatabase();
  const dataDirectory = await mkdtemp(join(tmpdir(), 'myelin-server-'));
  const config = loadConfig({
    env: {},
    overrides: {
      serverName: 'localhost',
      dataDirectory,
      enableRegistration: true,
      registrationSharedSecret: 'reg_secret',
      passwordHash: { memoryKiB: 1024, passes: 1 },
      rateLimits: false,
      syncResponseCacheMs: 0,
      ...overrides,
    },
  });
  const opened =
    process.env['MYELIN_TEST_PLACEMENT'] === 'scaled'
      ? await (await import('./scaled-server.ts')).openScaled(config, database.url, ports)
      : await openOne(config, database.url, ports);
  return {
    ctx: opened.ctx,
    contexts: opened.contexts,
    fetch: opened.fetch,
    ...clientsOf(opened.ctx, opened.fetch),
    async close() {
      await opened.close();
      await database.drop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** A server's parts: something to ask, and a context to look into. */
export interface OpenServer {
  ctx: OpenContext;
  contexts: readonly OpenContext[];
  fetch: ReturnType<typeof inProcess>;
  close(): Promise<void>;
}

async function openOne(config: Config, databaseUrl: string, ports: { http?: OutboundHttp }): Promise<OpenServer> {
  const log = createLogger({ level: process.env['TEST_LOG'] ?? 'silent', pretty: false });
  const ctx = await createContext({ config, log, databaseUrl, ...ports });
  return {
    ctx,
    contexts: [ctx],
    fetch: inProcess(buildApp(ctx, UNIT_NAMES), (error) => console.error(error)),
    close: () => ctx.close(),
  };
}

/** Requests to a server, with and without a user's token. */
export function clientsOf(
  ctx: OpenContext,
  fetch: (rawUri: string, init?: RequestInit) => Promise<Response>,
): Pick<TestServer, 'call' | 'user'> {
  const request =
    (token?: string): TestUser['call'] =>
    async (method, path, body, options = {}) => {
      const uri = /^\/(_|\.|health$|metrics$)/.test(path) ? path : `/_matrix/client/v3${path}`;
      const response = await fetch(uri, {
        method,
        headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...options.headers },
        ...(options.signal ? { signal: options.signal } : {}),
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json');
      const answer = {
        status: response.status,
        body: isJson && text ? JSON.parse(text) : text,
        headers: response.headers,
      };
      return noted(method, uri, answer);
    };
  return {
    call: request(),
    async user(name, { admin = false } = {}) {
      const { createUser } = await import('../../lib/domain/accounts/create-user.ts');
      const { createSession } = await import('../../lib/domain/accounts/create-session.ts');
      const { userId } = await createUser(ctx, { localpart: name, password: `secret-of-${name}`, isAdmin: admin });
      const session = await createSession(ctx, { userId });
      return { userId, token: session.accessToken, deviceId: session.deviceId, call: request(session.accessToken) };
    },
  };
}

/** The context of a process that follows the streams as the sync unit does. */
export function followerOf(server: TestServer): OpenContext {
  const streams = ['events', 'caches', 'receipts', 'account_data', 'device_lists', 'typing'] as const;
  return server.contexts.find((ctx) => streams.every((stream) => ctx.streams.follows(stream))) ?? server.ctx;
}

/** Makes a room and returns its id. */
export async function makeRoom(user: TestUser, body: JsonObject = {}): Promise<string> {
  const answer = await user.call('POST', '/createRoom', body);
  if (answer.status !== 200) throw new Error(`createRoom: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.room_id;
}

let txn = 0;

/** Sends a text message and returns the event id. */
export async function say(user: TestUser, roomId: string, body: string): Promise<string> {
  const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/t${++txn}`;
  const answer = await user.call('PUT', path, { msgtype: 'm.text', body });
  if (answer.status !== 200) throw new Error(`send: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.event_id;
}
