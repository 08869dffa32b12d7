import { LRUCache } from 'lru-cache';
import type { Queryable } from '../../storage/database.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getUserRooms, type UserRoom } from '../../storage/sync/user-rooms.ts';

/** The rooms of the users who sync, kept current by the events stream. */
export class UserRooms {
  readonly #db: Queryable;
  readonly #users: LRUCache<string, Promise<Map<number, UserRoom>>>;
  /** Whether the events stream is followed; otherwise the database is asked each time. */
  keep = false;

  constructor(db: Queryable, users = 50_000) {
    this.#db = db;
    this.#users = new LRUCache({ max: users });
  }

  /** Rooms by numeric id, with the membership as the events stream has it now. */
  async of(userId: string): Promise<Map<number, UserRoom>> {
    let rooms = this.#users.get(userId);
    if (!rooms) {
      rooms = getUserRooms(this.#db, userId).then((rows) => new Map(rows.map((row) => [row.roomNid, row])));
      if (!this.keep) return rooms;
      this.#users.set(userId, rooms);
      rooms.catch(() => this.#users.delete(userId));
    }
    return rooms;
  }

  /** Takes in a member event of the events stream. */
  note(row: EventRow): void {
    const userId = row.stateKey as string;
    const rooms = this.#users.get(userId);
    if (!rooms) return;
    const membership = (JSON.parse(row.json) as { content?: { membership?: unknown } }).content?.membership;
    const change: UserRoom = {
      roomNid: row.roomNid,
      roomId: row.roomId,
      membership: String(membership),
      position: row.position as number,
      eventNid: row.eventNid,
      sender: row.sender,
    };
    // A map that is being loaded gets the change afterwards; what the database said may be older or newer.
    void rooms.then((map) => {
      if ((map.get(row.roomNid)?.position ?? 0) < change.position) map.set(row.roomNid, change);
    });
  }

  /** A user has forgotten a room. */
  forget(userId: string): void {
    this.#users.delete(userId);
  }
}
