import { LRUCache } from 'lru-cache';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getVisibilityFacts } from '../../storage/timeline/visibility-facts.ts';
import type { StreamHub } from '../../streams/hub.ts';
import type { Context } from '../context.ts';
import { RoomView } from './room-view.ts';

const MOST_ROOMS = 20_000;
const MOST_VIEWS_PER_ROOM = 5_000;

/** Views that a process which follows the events stream may keep. */
class ViewCache {
  /** By room and user; a symbol stands for a view that is being loaded. */
  readonly #rooms = new LRUCache<number, Map<string, RoomView | symbol>>({ max: MOST_ROOMS });
  readonly #knownRemote = new LRUCache<number, true>({ max: MOST_ROOMS });
  readonly #serverName: string;

  constructor(streams: StreamHub, serverName: string) {
    this.#serverName = serverName;
    streams.on('events', (rows) => {
      for (const row of rows) this.#note(row);
    });
  }

  get(roomNid: number, userId: string): RoomView | undefined {
    const view = this.#rooms.get(roomNid)?.get(userId);
    return view instanceof RoomView ? view : undefined;
  }

  /** Announces that a view is being loaded. The answer keeps it, unless something has changed in between. */
  load(roomNid: number, userId: string): (view: RoomView) => void {
    let room = this.#rooms.get(roomNid);
    if (!room || room.size >= MOST_VIEWS_PER_ROOM) {
      room = new Map();
      this.#rooms.set(roomNid, room);
    }
    const views = room;
    const mark = Symbol();
    views.set(userId, mark);
    return (view) => {
      if (views.get(userId) === mark) views.set(userId, view);
    };
  }

  #note(row: EventRow): void {
    if (row.stateKey === null) return;
    if (row.type === 'm.room.history_visibility') this.#forgetRoom(row.roomNid);
    if (row.type !== 'm.room.member') return;
    if (row.stateKey.endsWith(`:${this.#serverName}`)) this.#rooms.peek(row.roomNid)?.delete(row.stateKey);
    else if (!this.#knownRemote.get(row.roomNid)) {
      this.#knownRemote.set(row.roomNid, true);
      this.#forgetRoom(row.roomNid);
    }
  }

  #forgetRoom(roomNid: number): void {
    this.#rooms.peek(roomNid)?.clear();
    this.#rooms.delete(roomNid);
  }
}

const caches = new WeakMap<StreamHub, ViewCache>();

function cacheOf(ctx: Context): ViewCache | undefined {
  if (!ctx.streams.follows('events')) return undefined;
  let cache = caches.get(ctx.streams);
  if (!cache) {
    cache = new ViewCache(ctx.streams, ctx.serverName);
    caches.set(ctx.streams, cache);
  }
  return cache;
}

/**
 * A user's views of some rooms, fit for events up to `position`. At most one query, and none where a process that
 * follows the events stream has them.
 */
export async function roomViews(
  ctx: Context,
  userId: string,
  roomNids: number[],
  position: number,
): Promise<Map<number, RoomView>> {
  const views = new Map<number, RoomView>();
  const cache = cacheOf(ctx);
  // A view that is kept knows what this process has read; events beyond that may follow a change that it doesn't know.
  const usable = cache !== undefined && position <= ctx.streams.position('events');
  const missing: number[] = [];
  for (const roomNid of new Set(roomNids)) {
    const kept = usable ? cache.get(roomNid, userId) : undefined;
    if (kept) views.set(roomNid, kept);
    else missing.push(roomNid);
  }
  if (missing.length === 0) return views;
  const keep = new Map(missing.map((roomNid) => [roomNid, cache?.load(roomNid, userId)]));
  for (const [roomNid, facts] of await getVisibilityFacts(ctx.db, userId, missing)) {
    const view = new RoomView(facts);
    keep.get(roomNid)?.(view);
    views.set(roomNid, view);
  }
  return views;
}
