import type { StateGroupWrite } from '../../storage/events/commit-batch.ts';
import type { StateGroupLink } from '../../storage/rooms/room-head.ts';

/** One change of a room's state. */
export interface StateChange {
  type: string;
  stateKey: string;
  eventNid: number;
}

interface Anchor {
  index: number;
  group: number | null;
}

const RADIX = 16;

/**
 * Writes a room's state as delta chains. Group number i is stored as the difference from group i − 16^t, where t is the
 * count of trailing zero hexadecimal digits of i: a chain of n changes is read in at most 15·log16(n) rows, and costs
 * about log16(n) entries a change to write.
 */
export class StateChain {
  index: number;
  group: number | null;
  /** By level t ≥ 1: the last group whose index is a multiple of 16^t, and what has changed since. */
  readonly #anchors: Anchor[] = [];
  readonly #changes: Map<string, StateChange>[] = [];

  /** @param links the chain of the current group, newest first; empty for a new room. */
  constructor(links: StateGroupLink[]) {
    const newest = links[0];
    this.index = newest?.index ?? 0;
    this.group = newest?.stateGroup ?? null;
    for (let level = 1; level === 1 || RADIX ** (level - 1) <= this.index; level++) {
      const anchorIndex = this.index - (this.index % RADIX ** level);
      this.#anchors[level] = {
        index: anchorIndex,
        group: links.find((link) => link.index === anchorIndex)?.stateGroup ?? null,
      };
      const changes = new Map<string, StateChange>();
      for (const link of links.filter((l) => l.index > anchorIndex).reverse()) {
        link.types.forEach((type, i) => {
          const stateKey = link.stateKeys[i] as string;
          changes.set(`${type}\0${stateKey}`, { type, stateKey, eventNid: link.eventNids[i] as number });
        });
      }
      this.#changes[level] = changes;
    }
  }

  /** Adds a change as a new group with the given id and says what to store. */
  advance(roomNid: number, group: number, change: StateChange): StateGroupWrite {
    const index = this.index + 1;
    let level = 0;
    while (index % RADIX ** (level + 1) === 0) level++;
    if (!this.#changes[level + 1]) {
      // The first group of a new level: what the level below holds reaches back to the empty state.
      this.#anchors[level + 1] = { index: 0, group: null };
      this.#changes[level + 1] = new Map(this.#changes[level]);
    }
    const key = `${change.type}\0${change.stateKey}`;
    for (let l = 1; l < this.#changes.length; l++) this.#changes[l]?.set(key, change);
    const base = level === 0 ? this.group : (this.#anchors[level] as Anchor).group;
    const delta = level === 0 ? [change] : [...(this.#changes[level] as Map<string, StateChange>).values()];
    for (let l = 1; l <= level; l++) {
      this.#anchors[l] = { index, group };
      this.#changes[l] = new Map();
    }
    this.index = index;
    this.group = group;
    return {
      stateGroup: group,
      roomNid,
      base,
      index,
      types: delta.map((c) => c.type),
      stateKeys: delta.map((c) => c.stateKey),
      eventNids: delta.map((c) => c.eventNid),
    };
  }
}
