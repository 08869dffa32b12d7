import type { ChainLinkRow, ChainPlaceRow, ChainStretch } from '../../../storage/state/chains.ts';

/*
 * Reachability on the chain cover of the graph of auth_events: pure computation over the links that were read.
 */

/** How far up each chain something reaches: chain → highest sequence, that one included. */
export type Reach = Map<number, number>;

/** Links by the chain that they start from. */
export class ChainLinks {
  readonly #from = new Map<number, ChainLinkRow[]>();
  readonly #to = new Map<number, ChainLinkRow[]>();

  constructor(rows: Iterable<ChainLinkRow>) {
    for (const row of rows) {
      append(this.#from, row.chain, row);
      append(this.#to, row.toChain, row);
    }
  }

  /** All that the places reach, themselves included. */
  reach(places: Iterable<{ chain: number; sequence: number }>): Reach {
    const reach: Reach = new Map();
    const todo: number[] = [];
    const raise = (chain: number, sequence: number): void => {
      if ((reach.get(chain) ?? 0) >= sequence) return;
      reach.set(chain, sequence);
      todo.push(chain);
    };
    for (const { chain, sequence } of places) raise(chain, sequence);
    for (let chain = todo.pop(); chain !== undefined; chain = todo.pop()) {
      const upTo = reach.get(chain) as number;
      for (const link of this.#from.get(chain) ?? []) {
        if (link.sequence <= upTo) raise(link.toChain, link.toSequence);
      }
    }
    return reach;
  }

  /**
   * Events on a path from one of `tops` to one of `ends`, both included: on each chain those that a top reaches and that
   * reach an end in turn.
   */
  between(tops: readonly ChainPlaceRow[], ends: readonly ChainPlaceRow[]): ChainStretch[] {
    const above = this.reach(tops);
    // The lowest event of each chain that still reaches an end.
    const lowest = new Map<number, number>();
    const todo: number[] = [];
    const lower = (chain: number, sequence: number): void => {
      if ((lowest.get(chain) ?? Infinity) <= sequence) return;
      lowest.set(chain, sequence);
      todo.push(chain);
    };
    for (const { chain, sequence } of ends) lower(chain, sequence);
    for (let chain = todo.pop(); chain !== undefined; chain = todo.pop()) {
      const from = lowest.get(chain) as number;
      for (const link of this.#to.get(chain) ?? []) if (link.toSequence >= from) lower(link.chain, link.sequence);
    }
    const stretches: ChainStretch[] = [];
    for (const [chain, from] of lowest) {
      const upTo = above.get(chain) ?? 0;
      if (upTo >= from) stretches.push({ chain, after: from - 1, upTo });
    }
    return stretches;
  }
}

/** What some of the sets reach and some don't. */
export function reachDifference(reaches: readonly Reach[]): ChainStretch[] {
  const stretches: ChainStretch[] = [];
  const chains = new Set<number>();
  for (const reach of reaches) for (const chain of reach.keys()) chains.add(chain);
  for (const chain of chains) {
    let least = Infinity;
    let most = 0;
    for (const reach of reaches) {
      const sequence = reach.get(chain) ?? 0;
      least = Math.min(least, sequence);
      most = Math.max(most, sequence);
    }
    if (least < most) stretches.push({ chain, after: least, upTo: most });
  }
  return stretches;
}

function append<T>(map: Map<number, T[]>, key: number, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
