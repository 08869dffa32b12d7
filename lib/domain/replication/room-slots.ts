import { LRUCache } from 'lru-cache';
import { notFound } from '../../spec/errors.ts';
import type { Queryable } from '../../storage/database.ts';
import { getRoomSlot } from '../../storage/rooms/room-slot.ts';

const MOST_ROOMS = 100_000;

/** The slots of rooms. A room never changes its slot, so what is known stays true (P6). */
export class RoomSlots {
  readonly #db: Queryable;
  #known: LRUCache<string, number> | undefined;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Takes its memory at once, so not before it is needed. */
  get #slots(): LRUCache<string, number> {
    this.#known ??= new LRUCache({ max: MOST_ROOMS });
    return this.#known;
  }

  /** @throws MatrixError 404 for an unknown room, in the words of the event persister */
  async of(roomId: string): Promise<number> {
    const slot = await this.find(roomId);
    if (slot === undefined) throw notFound('The room is not known to this server.');
    return slot;
  }

  /** Undefined for a room that has none. */
  async find(roomId: string): Promise<number | undefined> {
    const known = this.#slots.get(roomId);
    if (known !== undefined) return known;
    const slot = roomId.includes('\0') ? undefined : await getRoomSlot(this.#db, roomId);
    if (slot !== undefined) this.#slots.set(roomId, slot);
    return slot;
  }
}
