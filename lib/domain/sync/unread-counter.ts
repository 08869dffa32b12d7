import { LRUCache } from 'lru-cache';
import type { Queryable } from '../../storage/database.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { type Counts, getUnread, type UnreadState } from '../../storage/receipts/unread.ts';
import type { UserRoom } from '../../storage/sync/user-rooms.ts';
import type { ReceiptRow } from '../../streams/stream.ts';

/** Where recent events of a room are to be had: all of `from < position <= to`, or undefined. */
export interface RecentEvents {
  between(roomNid: number, from: number, to: number): EventRow[] | undefined;
}

/** What is known of one user's unread events in one room, as of a place in the events stream. */
interface Entry extends UnreadState {
  asOf: number;
  /** Whose events were left out. */
  ignored: ReadonlySet<string>;
}

const MAIN = 'main';

/**
 * Unread counts of the users who sync. What was counted once goes on with the events and receipts streams, so that the
 * next message costs no query.
 */
export class UnreadCounter {
  readonly #db: Queryable;
  readonly #events: RecentEvents;
  /** By user and room; a symbol stands for counts that are being read. */
  readonly #entries = new LRUCache<string, Entry | symbol>({ max: 200_000 });
  /** Whether the streams are followed; otherwise the database is asked each time. */
  keep = false;

  constructor(db: Queryable, events: RecentEvents) {
    this.#db = db;
    this.#events = events;
  }

  /** Counts of rooms that a user is in, as of a place in the events stream: thread (or `main`) → counts. */
  async of(
    userId: string,
    rooms: UserRoom[],
    position: number,
    ignored: ReadonlySet<string>,
  ): Promise<Map<number, ReadonlyMap<string, Counts>>> {
    const counts = new Map<number, ReadonlyMap<string, Counts>>();
    const unknown = new Map<number, { room: UserRoom; mark: symbol }>();
    for (const room of rooms) {
      const key = keyOf(userId, room.roomNid);
      const entry = this.#entries.get(key);
      if (typeof entry === 'object' && this.#goOn(entry, userId, room.roomNid, position, ignored)) {
        counts.set(room.roomNid, entry.counts);
        continue;
      }
      const mark = Symbol();
      unknown.set(room.roomNid, { room, mark });
      if (this.keep) this.#entries.set(key, mark);
    }
    if (unknown.size === 0) return counts;
    const wanted = [...unknown.values()].map(({ room }) => ({ roomNid: room.roomNid, joinedAt: room.joinedAt ?? 0 }));
    const found = await getUnread(this.#db, userId, wanted, position, [...ignored]);
    for (const [roomNid, state] of found) {
      counts.set(roomNid, state.counts);
      const key = keyOf(userId, roomNid);
      // Whatever has changed meanwhile has taken the mark away.
      if (this.#entries.peek(key) === unknown.get(roomNid)?.mark)
        this.#entries.set(key, { ...state, asOf: position, ignored });
    }
    return counts;
  }

  /** Takes in a receipt of the stream. */
  noteReceipt(row: ReceiptRow): void {
    if (row.eventPosition === null || (row.receiptType !== 'm.read' && row.receiptType !== 'm.read.private')) return;
    const key = keyOf(row.userId, row.roomNid);
    const entry = this.#entries.peek(key);
    if (entry === undefined) return;
    if (typeof entry === 'symbol' || !this.#read(entry, row)) this.#entries.delete(key);
  }

  /** A user's membership of a room has changed. */
  noteMember(userId: string, roomNid: number): void {
    this.#entries.delete(keyOf(userId, roomNid));
  }

  /** Forgets everything: changes may have been missed. */
  clear(): void {
    this.#entries.clear();
  }

  /** False when the counts have to be read anew. */
  #goOn(entry: Entry, userId: string, roomNid: number, to: number, ignored: ReadonlySet<string>): boolean {
    if (entry.ignored !== ignored) return false;
    // An older position comes from another sync at the same time; its reader is told more than it asked for.
    if (to <= entry.asOf) return true;
    const rows = this.#events.between(roomNid, entry.asOf, to);
    if (!rows) return false;
    const counts = new Map(entry.counts);
    for (const row of rows) {
      if (row.flags !== 0) continue;
      const notify = notifyOf(row, userId);
      if (notify === undefined) return false;
      const thread = row.threadRoot ?? MAIN;
      if (row.sender === userId) {
        if (row.notify === 0) continue;
        entry.threadsReadTo.set(thread, row.position as number);
        counts.delete(thread);
      } else if (notify > 0 && !ignored.has(row.sender) && isUnread(entry, row)) add(counts, thread, notify);
    }
    entry.counts = counts;
    entry.asOf = to;
    return true;
  }

  /** Moves what is read forward. False when the counts have to be read anew. */
  #read(entry: Entry, { threadId, eventPosition, roomNid, userId }: ReceiptRow): boolean {
    const position = eventPosition as number;
    if (position <= (threadId === null ? entry.readTo : (entry.threadsReadTo.get(threadId) ?? 0))) return true;
    if (threadId === null) entry.readTo = position;
    else entry.threadsReadTo.set(threadId, position);
    const counts = threadId === null ? new Map<string, Counts>() : new Map(entry.counts);
    if (threadId !== null) counts.delete(threadId);
    if (position < entry.asOf) {
      // What lies behind the receipt is counted again. Whom the user ignores is not known here.
      const rows = this.#events.between(roomNid, position, entry.asOf);
      if (!rows || rows.some((row) => row.flags === 0 && notifyOf(row, userId) !== 0)) return false;
    }
    entry.counts = counts;
    return true;
  }
}

function keyOf(userId: string, roomNid: number): string {
  return `${userId} ${roomNid}`;
}

function isUnread(entry: Entry, row: EventRow): boolean {
  const position = row.position as number;
  return position > entry.readTo && position > (entry.threadsReadTo.get(row.threadRoot ?? MAIN) ?? 0);
}

function add(counts: Map<string, Counts>, thread: string, notify: number): void {
  const { notify: notified, highlight } = counts.get(thread) ?? { notify: 0, highlight: 0 };
  counts.set(thread, { notify: notified + 1, highlight: highlight + (notify === 2 ? 1 : 0) });
}

const exceptionsOf = new WeakMap<EventRow, Map<string, number>>();
const FEW = 8;

/** The outcome of a user's push rules for an event; undefined when the row doesn't say. */
function notifyOf(row: EventRow, userId: string): number | undefined {
  const { pushExceptions } = row;
  if (!pushExceptions) return undefined;
  if (pushExceptions.length <= FEW) return pushExceptions.find((x) => x.userId === userId)?.notify ?? row.notify;
  let exceptions = exceptionsOf.get(row);
  if (!exceptions) {
    exceptions = new Map(pushExceptions.map((x) => [x.userId, x.notify]));
    exceptionsOf.set(row, exceptions);
  }
  return exceptions.get(userId) ?? row.notify;
}
