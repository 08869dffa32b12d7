import { Agent, type Dispatcher } from 'undici';

const TIMEOUT_MS = 120_000;

/** A client of a server under load, over connections that are kept. */
export interface LoadClient {
  /** A request of `path` below `/_matrix/client/v3`; throws unless it is answered with 200. */
  call<T = Record<string, unknown>>(
    method: Dispatcher.HttpMethod,
    path: string,
    token?: string,
    body?: unknown,
  ): Promise<T>;
  /** Any path, as text. */
  text(path: string): Promise<string>;
  /** Registers a user and returns who it is. */
  register(name: string): Promise<LoadUser>;
  close(): Promise<void>;
}

export interface LoadUser {
  userId: string;
  token: string;
}

/** @param url of a server on this machine */
export function loadClient(url: string, connections = 64): LoadClient {
  const { hostname } = new URL(url);
  if (hostname !== '127.0.0.1' && hostname !== 'localhost') throw new Error('benches drive loopback only');
  const dispatcher = new Agent({
    connections,
    pipelining: 1,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    keepAliveTimeout: 60_000,
  });
  const request = async (method: Dispatcher.HttpMethod, path: string, token?: string, body?: unknown) => {
    const answer = await dispatcher.request({
      origin: url,
      method,
      path,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
    return text;
  };
  const call = async <T>(method: Dispatcher.HttpMethod, path: string, token?: string, body?: unknown): Promise<T> =>
    JSON.parse(await request(method, `/_matrix/client/v3${path}`, token, body)) as T;
  return {
    call,
    text: (path) => request('GET', path),
    async register(username) {
      const auth = { type: 'm.login.dummy' };
      const made = await call<{ user_id: string; access_token: string }>('POST', '/register', undefined, {
        username,
        password: `secret-of-${username}`,
        auth,
      });
      return { userId: made.user_id, token: made.access_token };
    },
    close: () => dispatcher.close(),
  };
}

/** What came of doing something many times. */
export interface Stretch {
  /** Milliseconds of each, in the order in which they ended. */
  took: number[];
  seconds: number;
  done: number;
}

/**
 * Does `work` for 0, 1, … `count - 1`, so many at a time. Starts nothing after `limitMs`.
 * @throws what a piece of work throws
 */
export async function repeat(
  count: number,
  atOnce: number,
  work: (i: number, lane: number) => Promise<unknown>,
  limitMs = 60_000,
): Promise<Stretch> {
  const took: number[] = [];
  const started = performance.now();
  let next = 0;
  const lane = async (own: number) => {
    while (next < count && performance.now() - started < limitMs) {
      const begin = performance.now();
      await work(next++, own);
      took.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, i) => lane(i)));
  return { took, seconds: (performance.now() - started) / 1_000, done: took.length };
}
