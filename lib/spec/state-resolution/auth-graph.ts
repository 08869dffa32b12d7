import type { EventSource } from './types.ts';
import { MissingEventsError } from './types.ts';

/**
 * The graph of `auth_events` links, walked on demand and kept as numbers: events get indices in the order they are met.
 * All walks are loops, as auth chains can be longer than the stack is deep.
 */
export class AuthGraph {
  readonly #source: EventSource;
  readonly #index = new Map<string, number>();
  readonly #ids: string[] = [];
  /** For each index the indices it cites, once the event has been expanded. */
  readonly #edges: Array<number[] | undefined> = [];

  constructor(source: EventSource) {
    this.#source = source;
  }

  /**
   * Events of some auth chains but not of all: ∪Cᵢ − ∩Cᵢ, where Cᵢ is the union of the auth chains of the i-th set's
   * events (`/rooms/v2` #definitions, "Auth difference").
   *
   * A set's own events count as part of its chain. For conflicted events that changes nothing, as they are in the full
   * conflicted set anyway; and an event that all sets hold shall not come into conflict because only some of the sets
   * happen to cite it too. Every server in use reads the definition so.
   */
  authDifference(sets: ReadonlyArray<ReadonlySet<string>>): Set<string> {
    const roots = new Set<number>();
    for (const set of sets) for (const id of set) roots.add(this.#intern(id));
    const order = this.#postOrder(roots);
    const words = Math.ceil(sets.length / 32);
    const masks = new Int32Array(this.#ids.length * words);
    sets.forEach((set, i) => {
      for (const id of set) masks[this.#index.get(id)! * words + (i >> 5)]! |= 1 << (i & 31);
    });
    const full = new Int32Array(words);
    for (let i = 0; i < sets.length; i++) full[i >> 5]! |= 1 << (i & 31);

    const difference = new Set<string>();
    // Citing events come last in post-order, so that going backwards every mask is complete before it is handed down.
    for (let at = order.length - 1; at >= 0; at--) {
      const node = order[at]!;
      let inAll = true;
      for (let word = 0; word < words; word++) {
        const mask = masks[node * words + word]!;
        if (mask !== full[word]) inAll = false;
        for (const cited of this.#edges[node]!) masks[cited * words + word]! |= mask;
      }
      if (!inAll) difference.add(this.#ids[node]!);
    }
    return difference;
  }

  /**
   * Every event on an auth path from one conflicted event to another, ends included (`/rooms/v12` #definitions,
   * "Conflicted state subgraph"): what the conflicted events reach and what reaches one of them in turn.
   */
  conflictedSubgraph(conflicted: ReadonlySet<string>): Set<string> {
    const roots = new Set<number>();
    for (const id of conflicted) roots.add(this.#intern(id));
    const order = this.#postOrder(roots);
    const reaches = new Uint8Array(this.#ids.length);
    const subgraph = new Set<string>();
    for (const node of order) {
      let hit = roots.has(node);
      for (const cited of this.#edges[node]!) if (reaches[cited] === 1) hit = true;
      if (!hit) continue;
      reaches[node] = 1;
      subgraph.add(this.#ids[node]!);
    }
    return subgraph;
  }

  #intern(id: string): number {
    let index = this.#index.get(id);
    if (index === undefined) {
      index = this.#ids.push(id) - 1;
      this.#index.set(id, index);
    }
    return index;
  }

  /** Everything reachable from the roots, each event after all that it cites. */
  #postOrder(roots: Iterable<number>): number[] {
    const order: number[] = [];
    const seen = new Set<number>();
    const missing: string[] = [];
    const stack: number[] = [];
    const progress: number[] = [];
    for (const root of roots) {
      if (seen.has(root)) continue;
      seen.add(root);
      stack.push(root);
      progress.push(0);
      while (stack.length > 0) {
        const node = stack[stack.length - 1]!;
        const edges = this.#expand(node, missing);
        let at = progress[progress.length - 1]!;
        while (at < edges.length && seen.has(edges[at]!)) at++;
        if (at === edges.length) {
          order.push(node);
          stack.pop();
          progress.pop();
          continue;
        }
        progress[progress.length - 1] = at + 1;
        seen.add(edges[at]!);
        stack.push(edges[at]!);
        progress.push(0);
      }
    }
    if (missing.length > 0) throw new MissingEventsError(missing);
    return order;
  }

  #expand(node: number, missing: string[]): number[] {
    const known = this.#edges[node];
    if (known !== undefined) return known;
    const id = this.#ids[node]!;
    const event = this.#source.get(id);
    if (event === undefined) {
      missing.push(id);
      return [];
    }
    const edges = event.authEventIds.map((cited) => this.#intern(cited));
    this.#edges[node] = edges;
    return edges;
  }
}
