import assert from 'node:assert/strict';
import type { EventRow } from '../../lib/storage/events/event-row.ts';
import type { TestUser } from '../kit/server.ts';
import { visibleByTheBook } from '../timeline/room-histories.ts';
import { Reader, type SyncQuery } from './reader.ts';

interface ClientEvent {
  event_id: string;
  type: string;
  state_key?: string;
  sender: string;
}

/** How a client syncs. */
export interface ClientKind {
  limit: number;
  lazy: boolean;
  stateAfter: boolean;
  /** Only messages in the timeline. */
  messagesOnly: boolean;
}

/** What is true of the room at the time of a sync. */
export interface Truth {
  /** All events, oldest first. */
  rows: EventRow[];
  /** `type|key` → event id, now. */
  state: Map<string, string>;
  membership: string | undefined;
  /** State when the user last left, and where that was. */
  departure: { position: number; state: Map<string, string> } | undefined;
  /** Messages after the user's receipt, joining and own last message. */
  unread: number;
  /** Where the user came in. */
  joinedAt: number;
}

/** A client that keeps what it is told of one room, and knows what it ought to have been told. */
export class ModelClient {
  readonly reader: Reader;
  readonly kind: ClientKind;
  readonly roomId: string;
  /** What the client knows of the room's state; undefined while it doesn't know the room. */
  state: Map<string, string> | undefined;
  #position = 0;
  #joinedAtLastSync = false;
  #sinceJoin = 0;

  constructor(user: TestUser, roomId: string, kind: ClientKind) {
    const { limit, lazy, stateAfter, messagesOnly } = kind;
    const timeline = { limit, ...(messagesOnly ? { types: ['m.room.message'] } : {}) };
    const query: SyncQuery = { filter: { room: { timeline, state: { lazy_load_members: lazy } } } };
    if (stateAfter) query['use_state_after'] = true;
    this.reader = new Reader(user, query);
    this.kind = kind;
    this.roomId = roomId;
  }

  get userId(): string {
    return this.reader.user.userId;
  }

  async sync(truth: Truth, fullState: boolean): Promise<void> {
    const known = this.reader.since !== undefined;
    const body = await this.reader.sync(fullState ? { full_state: true } : {});
    const position = Number(body.next_batch.slice(1).split('_')[0]);
    assert.equal(position, truth.rows.at(-1)?.position);
    const { join, leave, invite } = body.rooms ?? {};
    const entries = [join, leave, invite].filter((section) => section?.[this.roomId]);
    assert.ok(entries.length <= 1, 'a room is in one section');
    if (truth.membership === 'join') this.#checkJoined(join?.[this.roomId], truth, known, fullState);
    else {
      assert.equal(join?.[this.roomId], undefined);
      if (leave?.[this.roomId]) this.#checkLeft(leave[this.roomId], truth);
      else if (this.#joinedAtLastSync)
        assert.ok(invite?.[this.roomId] || this.#wasForgottenBy(truth), 'told of leaving');
      this.state = undefined;
    }
    if ((truth.membership === 'invite') !== Boolean(invite?.[this.roomId])) {
      // Told once, when it is new.
      assert.equal(invite?.[this.roomId], undefined);
      assert.ok(this.#ownEvents(truth).every((row) => (row.position as number) <= this.#position) && known);
    }
    this.#position = position;
    this.#joinedAtLastSync = truth.membership === 'join';
    this.#sinceJoin = truth.joinedAt;
  }

  // biome-ignore lint/suspicious/noExplicitAny: an entry of an answer
  #checkJoined(entry: any, truth: Truth, known: boolean, fullState: boolean): void {
    const fresh = !this.#joinedAtLastSync;
    const expected = this.#expected(truth, fresh ? 0 : this.#position, Number.POSITIVE_INFINITY);
    if (!entry) {
      assert.ok(known && !fresh && !fullState, 'a room that is new is told');
      assert.deepEqual(expected, [], 'events are told');
      assert.deepEqual(this.#shorten(truth.state), this.state, 'state is told');
      return;
    }
    const events: ClientEvent[] = entry.timeline.events;
    this.#checkTimeline(events, entry.timeline.limited, expected, truth, fresh, known);
    if (fresh) this.state = undefined;
    this.#apply(entry);
    const state = this.state as Map<string, string>;
    assert.deepEqual(this.#sorted(state), this.#sorted(this.#shorten(truth.state)), 'state after the sync');
    if (this.kind.lazy) {
      for (const { sender } of events) {
        const member = truth.state.get(`m.room.member|${sender}`);
        if (member) assert.equal(state.get(`m.room.member|${sender}`), member, `member of ${sender}`);
      }
      assert.ok(state.has(`m.room.member|${this.userId}`), 'the own member');
    }
    assert.equal(entry.unread_notifications.notification_count, truth.unread, 'unread');
  }

  // biome-ignore lint/suspicious/noExplicitAny: an entry of an answer
  #checkLeft(entry: any, truth: Truth): void {
    const events: ClientEvent[] = entry.timeline.events;
    const { departure } = truth;
    const stayed = departure && departure.position > this.#position;
    // Who was never there hears of no more than what happened to them.
    const end = stayed ? departure.position : (this.#ownEvents(truth).at(-1)?.position as number);
    const fresh = !this.#joinedAtLastSync;
    const expected = this.#expected(truth, fresh && stayed ? 0 : this.#position, end);
    const shown = events.map((event) => event.event_id);
    assert.deepEqual(shown, expected.slice(expected.length - shown.length), 'timeline of a room that was left');
    if (!stayed) {
      assert.deepEqual((entry.state ?? entry.state_after).events, [], 'state is not for those who were never there');
      return;
    }
    if (!entry.timeline.limited) assert.equal(shown.length, expected.length);
    if (fresh) this.state = undefined;
    this.#apply(entry);
    assert.deepEqual(
      this.#sorted(this.state as Map<string, string>),
      this.#sorted(this.#shorten(departure.state)),
      'state at leaving',
    );
  }

  #checkTimeline(
    events: ClientEvent[],
    limited: boolean,
    expected: string[],
    truth: Truth,
    fresh: boolean,
    known: boolean,
  ): void {
    const { limit } = this.kind;
    const positions = new Map(truth.rows.map((row) => [row.eventId, row.position as number]));
    const order = events.map((event) => positions.get(event.event_id) as number);
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      'in order',
    );
    assert.ok(events.length <= limit, 'at most as many as wanted');
    if (!fresh)
      assert.ok(
        order.every((position) => position > this.#position),
        'nothing twice',
      );
    const book = new Set(expected);
    const current = new Set(truth.state.values());
    for (const event of events) {
      const isCurrentState = event.state_key !== undefined && current.has(event.event_id);
      assert.ok(book.has(event.event_id) || isCurrentState, `${event.type} may be seen`);
    }
    const shown = events.map((event) => event.event_id).filter((id) => book.has(id));
    assert.deepEqual(shown, expected.slice(expected.length - shown.length), 'the newest of what may be seen');
    if (!limited) assert.equal(shown.length, expected.length, 'all of what may be seen');
    else if (!fresh) assert.equal(events.length, limit, 'limited by the limit alone');
    if (fresh && known) assert.equal(limited, true);
  }

  /** Ids of events that the user may see in a stretch, and wants. */
  #expected(truth: Truth, from: number, to: number): string[] {
    const seen = visibleByTheBook(truth.rows, this.userId);
    return truth.rows
      .filter((row) => (row.position as number) > from && (row.position as number) <= to && seen.has(row.eventId))
      .filter((row) => !this.kind.messagesOnly || row.type === 'm.room.message')
      .map((row) => row.eventId);
  }

  // biome-ignore lint/suspicious/noExplicitAny: an entry of an answer
  #apply(entry: any): void {
    const state = this.state ?? new Map<string, string>();
    this.state = state;
    const set = (event: ClientEvent) => {
      if (event.state_key !== undefined) state.set(`${event.type}|${event.state_key}`, event.event_id);
    };
    assert.equal(entry.state_after !== undefined, this.kind.stateAfter);
    assert.equal(entry.state === undefined, this.kind.stateAfter);
    if (this.kind.stateAfter) entry.state_after.events.forEach(set);
    else {
      const both = new Set(entry.timeline.events.map((event: ClientEvent) => event.event_id));
      for (const event of entry.state.events) assert.ok(!both.has(event.event_id), 'state and timeline are apart');
      entry.state.events.forEach(set);
      entry.timeline.events.forEach(set);
    }
  }

  /** The part of a state that the client can be expected to know: with lazily loaded members those that it was told of. */
  #shorten(state: Map<string, string>): Map<string, string> {
    if (!this.kind.lazy) return state;
    return new Map([...state].filter(([key]) => !key.startsWith('m.room.member|') || this.state?.has(key)));
  }

  #sorted(state: Map<string, string>): [string, string][] {
    return [...state].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #ownEvents(truth: Truth): EventRow[] {
    return truth.rows.filter((row) => row.type === 'm.room.member' && row.stateKey === this.userId);
  }

  /** Left, and invited or banned without anything to show. */
  #wasForgottenBy(truth: Truth): boolean {
    return truth.membership === undefined || this.#sinceJoin === 0;
  }
}
