/** Somebody who waits for news. */
export interface Waiter {
  userId: string;
  rooms: Iterable<number>;
  /** Called once, at the end of the turn in which something came, or soon after. */
  wake(): void;
}

/**
 * How many are woken in one turn of the event loop: each computes an answer. A room of a thousand must not hold up
 * everybody else.
 */
const AT_ONCE = 16;

/** Who waits for what: wakes exactly the users concerned. */
export class Waiters {
  readonly #byRoom = new Map<number, Set<Waiter>>();
  readonly #byUser = new Map<string, Set<Waiter>>();
  /** Whose turn comes, in this order. */
  readonly #due = new Set<Waiter>();

  /** Registers a waiter. Returns the function that takes it away again. */
  add(waiter: Waiter): () => void {
    const rooms = [...waiter.rooms];
    for (const room of rooms) into(this.#byRoom, room, waiter);
    into(this.#byUser, waiter.userId, waiter);
    return () => {
      for (const room of rooms) outOf(this.#byRoom, room, waiter);
      outOf(this.#byUser, waiter.userId, waiter);
      this.#due.delete(waiter);
    };
  }

  /** Something happened in a room. */
  room(roomNid: number): void {
    this.#schedule(this.#byRoom.get(roomNid));
  }

  /** Something happened that concerns one user. */
  user(userId: string): void {
    this.#schedule(this.#byUser.get(userId));
  }

  /** How many wait. */
  get size(): number {
    let size = 0;
    for (const waiters of this.#byUser.values()) size += waiters.size;
    return size;
  }

  #schedule(waiters: Set<Waiter> | undefined): void {
    if (!waiters || waiters.size === 0) return;
    if (this.#due.size === 0) setImmediate(() => this.#wakeSome());
    for (const waiter of waiters) this.#due.add(waiter);
  }

  #wakeSome(): void {
    let left = AT_ONCE;
    for (const waiter of this.#due) {
      if (left-- === 0) break;
      this.#due.delete(waiter);
      waiter.wake();
    }
    if (this.#due.size > 0) setImmediate(() => this.#wakeSome());
  }
}

function into<Key>(map: Map<Key, Set<Waiter>>, key: Key, waiter: Waiter): void {
  const set = map.get(key);
  if (set) set.add(waiter);
  else map.set(key, new Set([waiter]));
}

function outOf<Key>(map: Map<Key, Set<Waiter>>, key: Key, waiter: Waiter): void {
  const set = map.get(key);
  set?.delete(waiter);
  if (set?.size === 0) map.delete(key);
}
