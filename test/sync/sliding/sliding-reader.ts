import assert from 'node:assert/strict';
import type { Answer, TestUser } from '../../kit/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
type Body = any;

const PATH = '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync';

/** A list of the newest rooms, with a little of each. */
export const LIST = {
  ranges: [[0, 19]],
  timeline_limit: 10,
  required_state: [
    ['m.room.create', ''],
    ['m.room.name', ''],
    ['m.room.member', '$ME'],
  ],
};

/** A connection of sliding sync that keeps its position. */
export class SlidingReader {
  readonly user: TestUser;
  pos: string | undefined;
  /** The body of every request. */
  body: object;

  constructor(user: TestUser, body: object = { lists: { all: LIST } }) {
    this.user = user;
    this.body = body;
  }

  /** One request, whatever comes back. */
  ask(body: object = {}, timeout = 0, pos = this.pos, signal?: AbortSignal): Promise<Answer> {
    // Presence has tests of its own.
    const query = new URLSearchParams({ timeout: String(timeout), set_presence: 'offline', ...(pos ? { pos } : {}) });
    return this.user.call('POST', `${PATH}?${query}`, { ...this.body, ...body }, signal ? { signal } : {});
  }

  /** One request that succeeds; keeps the position. */
  async sync(body: object = {}, timeout = 0): Promise<Body> {
    const answer = await this.ask(body, timeout);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    this.pos = answer.body.pos;
    return answer.body;
  }

  /** A request that waits for news. */
  wait(body: object = {}, ms = 10_000): Promise<Body> {
    return this.sync(body, ms);
  }
}
