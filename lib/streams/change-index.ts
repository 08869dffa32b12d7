/**
 * Remembers where a stream last changed for each key (a room, a user), so that a reader who asks "anything since?" is
 * answered without the database. It knows nothing of changes at or before its floor.
 */
export class ChangeIndex<Key> {
  readonly #last = new Map<Key, number>();
  readonly #most: number;
  #floor: number;

  /** @param floor position from which on every change is noted. @param most keys kept; the longest unchanged go first. */
  constructor(floor: number, most = 200_000) {
    this.#floor = floor;
    this.#most = most;
  }

  /** Changes at or before this position are not known. */
  get floor(): number {
    return this.#floor;
  }

  /** Notes a change. Positions come in ascending order. */
  note(key: Key, position: number): void {
    this.#last.delete(key);
    this.#last.set(key, position);
    if (this.#last.size > this.#most) {
      const [oldest, at] = this.#last.entries().next().value as [Key, number];
      this.#last.delete(oldest);
      this.#floor = Math.max(this.#floor, at);
    }
  }

  /** False only when nothing has changed after `since`, for certain. */
  mayHaveChanged(key: Key, since: number): boolean {
    return since < this.#floor || (this.#last.get(key) ?? 0) > since;
  }
}
