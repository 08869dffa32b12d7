import assert from 'node:assert/strict';
import type { Database } from '../../lib/storage/database.ts';
import type { TestUser } from '../kit/server.ts';

/** What somebody was told of a message. */
interface Told {
  roomId: string;
  eventId: string;
  body: string;
  ms: number;
}

let talks = 0;

/** Messages that are sent one after the other in every room, until it is ended. */
export class Talk {
  readonly told: Told[] = [];
  readonly failures: string[] = [];
  readonly #done: Promise<unknown>;
  readonly #number = ++talks;
  #ended = false;

  constructor(users: TestUser[], rooms: string[]) {
    this.#done = Promise.all(rooms.map((roomId, i) => this.#talk(users[i % users.length] as TestUser, roomId)));
  }

  /** Resolves when everybody has been answered. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#done;
  }

  get slowestMs(): number {
    return Math.round(Math.max(...this.told.map(({ ms }) => ms)));
  }

  async #talk(user: TestUser, roomId: string): Promise<void> {
    for (let i = 0; !this.#ended; i++) {
      const body = `${i}`;
      const started = performance.now();
      const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/t${this.#number}-${i}`;
      const answer = await user.call('PUT', path, { msgtype: 'm.text', body });
      if (answer.status !== 200) this.failures.push(`${answer.status} ${JSON.stringify(answer.body)}`);
      else this.told.push({ roomId, eventId: answer.body.event_id, body, ms: performance.now() - started });
    }
  }
}

/** Holds the database against what was told: everything is there once, in order, each event after the one before it. */
export async function assertOneChain(db: Database, heard: Talk[]): Promise<void> {
  const all = heard.flatMap(({ told }) => told);
  for (const [roomId, told] of Map.groupBy(all, (one) => one.roomId)) {
    const events = await db.query<{ eventId: string; nid: number; prev: number[]; message: boolean }>(
      `SELECT e.event_id AS "eventId", e.event_nid AS nid, e.prev_nids AS prev, e.type = 'm.room.message' AS message
       FROM events e JOIN rooms r USING (room_nid) WHERE r.room_id = $1 ORDER BY e.position`,
      [roomId],
    );
    const stored = events.filter((event) => event.message).map((event) => event.eventId);
    assert.deepEqual(
      stored,
      told.map(({ eventId }) => eventId),
      'each once, in the order in which they were told',
    );
    for (const [i, event] of events.entries()) {
      assert.deepEqual(event.prev, i === 0 ? [] : [events[i - 1]?.nid], 'local events never fork the graph');
    }
  }
}
