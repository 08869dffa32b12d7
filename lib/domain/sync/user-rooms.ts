import { LRUCache } from 'lru-cache';
import type { Queryable } from '../../storage/database.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getUserRooms, type UserRoom } from '../../storage/sync/user-rooms.ts';

/** A user's rooms by numeric id. `rooms` is replaced as they change; a map that was taken from here never changes. */
export interface RoomsOfUser {
  readonly rooms: ReadonlyMap<number, UserRoom>;
}

interface Entry {
  rooms: ReadonlyMap<number, UserRoom>;
  loading: Promise<void> | undefined;
  /** Member events that came while the database was asked. */
  early: EventRow[];
}

/** The rooms of the users who sync, kept current by the events stream. */
export class UserRooms {
  readonly #db: Queryable;
  readonly #users: LRUCache<string, Entry>;
  /** Whether the events stream is followed; otherwise the database is asked each time. */
  keep = false;

  constructor(db: Queryable, users = 50_000) {
    this.#db = db;
    this.#users = new LRUCache({ max: users });
  }

  /** Rooms by numeric id, as far as the events stream has been read (or further, where they were just loaded). */
  async of(userId: string): Promise<ReadonlyMap<number, UserRoom>> {
    return (await this.follow(userId)).rooms;
  }

  /** As {@link of}, but what the answer holds goes with the stream. */
  async follow(userId: string): Promise<RoomsOfUser> {
    let entry = this.#users.get(userId);
    if (!entry) {
      entry = { rooms: new Map(), loading: undefined, early: [] };
      if (this.keep) this.#users.set(userId, entry);
      const loaded = entry;
      entry.loading = this.#load(userId, entry).catch((error) => {
        if (this.#users.peek(userId) === loaded) this.#users.delete(userId);
        throw error;
      });
    }
    if (entry.loading) await entry.loading;
    return entry;
  }

  /** Takes in a member event of the events stream. */
  note(row: EventRow): void {
    const entry = this.#users.peek(row.stateKey as string);
    if (entry?.loading) entry.early.push(row);
    else if (entry) take(entry, row);
  }

  /** A user has forgotten a room. */
  forget(userId: string): void {
    this.#users.delete(userId);
  }

  /** Forgets everybody: changes may have been missed. */
  clear(): void {
    this.#users.clear();
  }

  async #load(userId: string, entry: Entry): Promise<void> {
    const { rooms, asOf } = await getUserRooms(this.#db, userId);
    entry.rooms = new Map(rooms.map((room) => [room.roomNid, room]));
    entry.loading = undefined;
    for (const row of entry.early.splice(0)) if ((row.position as number) > asOf) take(entry, row);
  }
}

function take(entry: Entry, row: EventRow): void {
  const position = row.position as number;
  const known = entry.rooms.get(row.roomNid);
  if (known && known.position >= position) return;
  const membership = membershipIn(row.json) ?? 'leave';
  const previous = known?.membership;
  const left = previous === 'join' && membership !== 'join';
  const rooms = new Map(entry.rooms);
  rooms.set(row.roomNid, {
    roomNid: row.roomNid,
    roomId: row.roomId,
    membership,
    position,
    eventNid: row.eventNid,
    sender: row.sender,
    joinedAt: membership === 'join' && previous !== 'join' ? position : (known?.joinedAt ?? null),
    leftAt: left ? position : (known?.leftAt ?? null),
    leftNid: left ? row.eventNid : (known?.leftNid ?? null),
    // Closing its door once more does not bring a room back.
    forgotten: known?.forgotten === true && (membership === 'leave' || membership === 'ban'),
  });
  entry.rooms = rooms;
}

function membershipIn(json: string): string | undefined {
  const membership = (JSON.parse(json) as { content?: { membership?: unknown } }).content?.membership;
  return typeof membership === 'string' ? membership : undefined;
}
