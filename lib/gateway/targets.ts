import { createHash } from 'node:crypto';
import type { FrontUnit } from '../routing/unit-names.ts';

/** Where the instances of each front unit listen. */
export type TargetList = Partial<Record<FrontUnit, string[]>>;

/** What the supervisor tells the gateway. */
export interface TargetsMessage {
  type: 'targets';
  targets: TargetList;
}

/** A target that refused a connection is left out for so long, where there is another. */
const SUSPECT_MS = 1_000;

/** The instances behind the gateway, as they come and go. */
export class Targets {
  #list: TargetList = {};
  #turn = 0;
  readonly #suspects = new Map<string, number>();
  readonly #waiting = new Set<() => void>();

  /** Takes the place of what was known. */
  set(list: TargetList): void {
    this.#list = list;
    this.#suspects.clear();
    for (const wake of this.#waiting) wake();
  }

  /** Nothing listens there right now. */
  suspect(target: string): void {
    this.#suspects.set(target, performance.now() + SUSPECT_MS);
  }

  /**
   * An instance of a unit: the same for the same key as long as the instances stay, else in turn. Undefined when none is
   * there.
   */
  pick(unit: FrontUnit, key: string | undefined): string | undefined {
    const all = this.#list[unit] ?? [];
    const now = performance.now();
    const good = all.filter((target) => (this.#suspects.get(target) ?? 0) < now);
    const pool = good.length > 0 ? good : all;
    if (key === undefined || pool.length < 2) return pool[this.#turn++ % pool.length];
    // Rendezvous hashing: an instance that goes moves its own keys only.
    const weigh = (target: string) => createHash('sha1').update(`${key}\n${target}`).digest('hex');
    return pool.map((target) => ({ target, weight: weigh(target) })).sort((a, b) => (a.weight < b.weight ? 1 : -1))[0]
      ?.target;
  }

  /** Resolves when the instances change, or after `ms`. */
  change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
    });
  }
}
