import type { JsonObject } from '../../../spec/json.ts';

const MOST_WAITING = 1_000;

/** EDUs for one destination that may be lost: the newest of each kind and subject. */
export class EphemeralQueue {
  readonly #edus = new Map<string, JsonObject>();

  get size(): number {
    return this.#edus.size;
  }

  /** Queues an EDU in place of an older one with the same key. */
  put(key: string, edu: JsonObject): void {
    this.#edus.delete(key);
    this.#edus.set(key, edu);
    if (this.#edus.size > MOST_WAITING) this.#edus.delete(this.#edus.keys().next().value as string);
  }

  /** The oldest ones, taken out. */
  take(limit: number): [key: string, edu: JsonObject][] {
    const taken = [...this.#edus].slice(0, limit);
    for (const [key] of taken) this.#edus.delete(key);
    return taken;
  }

  /** Drops what is worth nothing when it comes late. */
  dropShortLived(): void {
    for (const [key, edu] of this.#edus) {
      if (edu['edu_type'] === 'm.typing' || edu['edu_type'] === 'm.presence') this.#edus.delete(key);
    }
  }
}
