import assert from 'node:assert/strict';
import { createSession } from '../../lib/domain/accounts/create-session.ts';
import type { TestServer, TestUser } from '../kit/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
type Body = any;

/** What goes into the query of `/sync`; objects become JSON. */
export type SyncQuery = Record<string, string | number | boolean | object | undefined>;

/** A device that syncs and keeps its token. */
export class Reader {
  readonly user: TestUser;
  since: string | undefined;
  readonly query: SyncQuery;

  /** @param query parameters of every request. */
  constructor(user: TestUser, query: SyncQuery = {}) {
    this.user = user;
    // Presence has tests of its own; elsewhere it would be news that nobody expects.
    this.query = { set_presence: 'offline', ...query };
  }

  /** One sync; keeps the token that it leads to. */
  async sync(query: SyncQuery = {}, signal?: AbortSignal): Promise<Body> {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries({ since: this.since, ...this.query, ...query })) {
      if (value === undefined) continue;
      params.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
    }
    const answer = await this.user.call('GET', `/sync?${params}`, undefined, signal ? { signal } : {});
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    this.since = answer.body.next_batch;
    return answer.body;
  }

  /** A sync that waits for news. */
  wait(ms = 10_000, query: SyncQuery = {}): Promise<Body> {
    return this.sync({ timeout: ms, ...query });
  }
}

/** Another device of a user. */
export async function otherDevice(server: TestServer, user: TestUser): Promise<TestUser> {
  const { accessToken, deviceId } = await createSession(server.ctx, { userId: user.userId });
  const authorization = `Bearer ${accessToken}`;
  return {
    userId: user.userId,
    token: accessToken,
    deviceId,
    call: (method, path, body, options = {}) => {
      const uri = path.startsWith('/_') ? path : `/_matrix/client/v3${path}`;
      return server.call(method, uri, body, { ...options, headers: { authorization, ...options.headers } });
    },
  };
}

/** A reader that has done its initial sync. */
export async function reader(user: TestUser, query: SyncQuery = {}): Promise<Reader> {
  const it = new Reader(user, query);
  await it.sync();
  return it;
}

/** Path of a room's endpoints. */
export function roomPath(roomId: string, rest = ''): string {
  return `/rooms/${encodeURIComponent(roomId)}${rest}`;
}

/** A request that has to succeed. Returns the body. */
export async function ok(user: TestUser, method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await user.call(method, path, body);
  assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Sets state and returns the event id. */
export async function setState(
  user: TestUser,
  roomId: string,
  type: string,
  content: object,
  stateKey = '',
): Promise<string> {
  const path = roomPath(roomId, `/state/${encodeURIComponent(type)}/${encodeURIComponent(stateKey)}`);
  return (await ok(user, 'PUT', path, content)).event_id;
}

let txn = 0;

/** Sends an event and returns its id. */
export async function send(user: TestUser, roomId: string, type: string, content: object): Promise<string> {
  return (await ok(user, 'PUT', roomPath(roomId, `/send/${type}/x${++txn}`), content)).event_id;
}

export const join = (user: TestUser, roomId: string) => ok(user, 'POST', roomPath(roomId, '/join'), {});
export const leave = (user: TestUser, roomId: string) => ok(user, 'POST', roomPath(roomId, '/leave'), {});
export const act = (user: TestUser, what: 'invite' | 'kick' | 'ban' | 'unban', other: TestUser, roomId: string) =>
  ok(user, 'POST', roomPath(roomId, `/${what}`), { user_id: other.userId });

/** Ids of events in order. */
export const ids = (events: { event_id: string }[] | undefined): string[] => (events ?? []).map((e) => e.event_id);

/** `type|state key` of events, sorted: what a state section is about. */
export const keys = (events: { type: string; state_key?: string }[] | undefined): string[] =>
  (events ?? []).map((e) => `${e.type}|${e.state_key ?? ''}`).sort();

/** Bodies of messages in order. */
export const texts = (events: { content: { body?: string } }[] | undefined): string[] =>
  (events ?? []).flatMap((e) => e.content.body ?? []);
