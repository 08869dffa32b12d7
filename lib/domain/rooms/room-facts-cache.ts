import { LRUCache } from 'lru-cache';
import { EVERYTHING } from '../../streams/caches-stream.ts';
import { noteCacheChanges, publishCacheChanges } from '../cache-changes.ts';
import type { Context } from '../context.ts';
import type { Room } from './room-lookup.ts';

/** Kind of the rows of the `caches` stream that tell of a purged room; the key is its number and its id. */
export const PURGED_ROOMS = 'purged_rooms';
/** Kind of the rows that tell of events which were taken out of a room's timeline; the key is the room's number. */
export const PURGED_HISTORY = 'purged_history';

const MOST_ROOMS = 10_000;

/** What never changes about rooms, for as long as they are here. */
class RoomFactsCache {
  readonly #rooms: LRUCache<string, Room>;
  /** Whether purges are heard of. A process that follows no stream keeps nothing: what it has may be gone. */
  readonly #follows: boolean;
  #generation = 0;

  constructor({ streams }: Pick<Context, 'streams'>) {
    this.#follows = streams?.follows('caches') ?? false;
    this.#rooms = new LRUCache({ max: MOST_ROOMS });
    if (!this.#follows) return;
    streams.on('caches', (rows) => {
      for (const row of rows) {
        if (row.kind === PURGED_ROOMS) this.forget(row.key.slice(row.key.indexOf(' ') + 1));
        else if (row.kind === EVERYTHING) this.#forgetAll();
      }
    });
  }

  get(roomId: string): Room | undefined {
    return this.#rooms.get(roomId);
  }

  /** Take it before the database is asked and hand it to {@link keep}. */
  get generation(): number {
    return this.#generation;
  }

  /** Keeps what the database said, unless something was forgotten since it was asked. */
  keep(room: Room, generation: number): void {
    if (this.#follows && generation === this.#generation) this.#rooms.set(room.roomId, room);
  }

  forget(roomId: string): void {
    this.#generation++;
    this.#rooms.delete(roomId);
  }

  #forgetAll(): void {
    this.#generation++;
    this.#rooms.clear();
  }
}

/** By database, so that servers in one process don't see each other's rooms. */
const caches = new WeakMap<Context['db'], RoomFactsCache>();

/** The rooms that this process remembers. */
export function roomFactsOf(ctx: Context): RoomFactsCache {
  let cache = caches.get(ctx.db);
  if (!cache) {
    cache = new RoomFactsCache(ctx);
    caches.set(ctx.db, cache);
  }
  return cache;
}

/** Drops what this and all other processes remember of a room that was purged. */
export async function forgetPurgedRoom(ctx: Context, room: Pick<Room, 'roomNid' | 'roomId'>): Promise<void> {
  roomFactsOf(ctx).forget(room.roomId);
  const rows = await noteCacheChanges(ctx.db, PURGED_ROOMS, [`${room.roomNid} ${room.roomId}`]);
  await publishCacheChanges(ctx, rows);
}
