import type { StateGroupWrite } from '../../storage/events/batch-write.ts';
import type { StateGroupLink } from '../../storage/rooms/room-head.ts';

/** One change of a room's state. */
export interface StateChange {
  type: string;
  stateKey: string;
  /** 0 takes the key out of the state. */
  eventNid: number;
}

interface Level {
  /** Index of the last group at a multiple of 16^level, and that group; 0 and null for the empty state. */
  anchor: number;
  group: number | null;
  /** What has changed since; undefined when not loaded. */
  changes: Map<string, StateChange> | undefined;
}

const RADIX = 16;
const LEVELS = 8;
/** Changes since the anchor are kept in memory up to this many; beyond, they are read when a group soon needs them. */
const MOST_KEPT = 400;
const SOON = 600;
/** About what a change takes in memory; levels share their strings. */
const CHANGE_BYTES = 200;
/** Index of a group that holds a whole state by itself: no lower level reaches across it. */
export const SNAPSHOT_INDEX = RADIX ** 6;
/** A chain is read with what the groups of the two lowest levels changed. */
export const LINKS_WITH_CONTENT = RADIX ** 2;

/**
 * Writes a room's state as delta chains. Group number i is stored as the difference from group i − 16^t, where t is the
 * count of trailing zero hexadecimal digits of i: a chain of n changes is read in at most 15·log16(n) rows, and costs
 * about log16(n) entries a change to write. Only the newest changes are in memory, however large the room's state is.
 */
export class StateChain {
  index: number;
  group: number | null;
  /** By level − 1. */
  readonly #levels: Level[];

  /** @param links the chain of a group, newest first; empty for a new room. Content of older links may be left out. */
  constructor(links: StateGroupLink[], levels?: Level[]) {
    const newest = links[0];
    this.index = newest?.index ?? 0;
    this.group = newest?.stateGroup ?? null;
    this.#levels = levels ?? [];
    for (let level = 1; level <= LEVELS && levels === undefined; level++) {
      const anchor = this.index - (this.index % RADIX ** level);
      const group = links.find((link) => link.index === anchor)?.stateGroup ?? null;
      const above = links.filter((link) => link.index > anchor);
      const complete = above.every((link) => link.types !== null);
      this.#levels.push({ anchor, group, changes: complete ? changesOf(above) : undefined });
    }
  }

  /** About how much memory it takes. */
  get bytes(): number {
    let kept = 0;
    for (const { changes } of this.#levels) kept += changes?.size ?? 0;
    return kept * CHANGE_BYTES;
  }

  /** A chain of its own that stands at the same group. */
  clone(): StateChain {
    const levels = this.#levels.map((level) => ({ ...level, changes: level.changes && new Map(level.changes) }));
    const copy = new StateChain([], levels);
    copy.index = this.index;
    copy.group = this.group;
    return copy;
  }

  /**
   * The index after which all links have to be given to {@link load} before the chain can be advanced so many times;
   * undefined when nothing is missing.
   */
  missing(times: number): number | undefined {
    for (let index = this.index + 1; index <= this.index + times; index++) {
      const level = levelOf(index);
      if (level > 0 && level <= LEVELS && !this.#levels[level - 1]?.changes) return this.#levels[level - 1]?.anchor;
    }
    return undefined;
  }

  /** Takes in all links after an index, newest first. Ignored when the chain has moved on in the meantime. */
  load(group: number, after: number, links: StateGroupLink[]): void {
    if (group !== this.group) return;
    for (const level of this.#levels) if (level.anchor === after) level.changes ??= changesOf(links);
  }

  /** Adds changes as a new group with the given id and says what to store. */
  advance(roomNid: number, group: number, changes: readonly StateChange[]): StateGroupWrite {
    const index = this.index + 1;
    const level = Math.min(levelOf(index), LEVELS);
    for (const { changes: kept } of this.#levels) {
      if (kept) for (const change of changes) kept.set(`${change.type}\0${change.stateKey}`, change);
    }
    const source = level === 0 ? undefined : (this.#levels[level - 1] as Level);
    if (source && !source.changes) throw new Error('the state chain is not loaded');
    const base = source ? source.group : this.group;
    const delta = source?.changes ? [...source.changes.values()] : changes;
    this.#levels.forEach((entry, i) => {
      if (i < level) Object.assign(entry, { anchor: index, group, changes: new Map() });
      else if (i >= 2 && entry.changes && entry.changes.size > MOST_KEPT) {
        if (RADIX ** (i + 1) - (index % RADIX ** (i + 1)) > SOON) entry.changes = undefined;
      }
    });
    this.index = index;
    this.group = group;
    return writeOf(roomNid, group, base, index, delta);
  }
}

/** A group that holds a whole state, and the chain that goes on from it. */
export function snapshotGroup(
  roomNid: number,
  group: number,
  state: readonly StateChange[],
): { write: StateGroupWrite; chain: StateChain } {
  const write = writeOf(roomNid, group, null, SNAPSHOT_INDEX, state);
  const link: StateGroupLink = {
    stateGroup: group,
    base: null,
    index: SNAPSHOT_INDEX,
    types: null,
    stateKeys: null,
    eventNids: null,
  };
  return { write, chain: new StateChain([link]) };
}

function levelOf(index: number): number {
  let level = 0;
  while (index % RADIX ** (level + 1) === 0) level++;
  return level;
}

function writeOf(
  roomNid: number,
  stateGroup: number,
  base: number | null,
  index: number,
  delta: readonly StateChange[],
): StateGroupWrite {
  return {
    stateGroup,
    roomNid,
    base,
    index,
    types: delta.map((c) => c.type),
    stateKeys: delta.map((c) => c.stateKey),
    eventNids: delta.map((c) => c.eventNid),
  };
}

function changesOf(links: StateGroupLink[]): Map<string, StateChange> {
  const changes = new Map<string, StateChange>();
  for (const { types, stateKeys, eventNids } of [...links].reverse()) {
    types?.forEach((type, i) => {
      const stateKey = stateKeys?.[i] as string;
      changes.set(`${type}\0${stateKey}`, { type, stateKey, eventNid: eventNids?.[i] as number });
    });
  }
  return changes;
}
