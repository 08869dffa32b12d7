import type { UnitName } from '../../routing/unit-names.ts';
import type { Queryable } from '../../storage/database.ts';
import { claimLeases, transferLeases } from '../../storage/streams/leases.ts';
import { shardCount } from '../slots.ts';
import type { Directory } from './directory.ts';

/** What a unit does when shards come and go. */
export interface LeaseHooks {
  /** A shard is this process's from now on, under an epoch. */
  gained?(shard: number, epoch: number): void;
  /** It is another's, or nobody's; under the epoch that it had here nothing can be written any more. */
  lost?(shard: number): void;
  /** Resolves when everything that was taken for these shards is written; no more of it is taken meanwhile. */
  drain?(shards: readonly number[]): Promise<void>;
}

/** What {@link LeaseGroup} needs of the process that it is part of. */
export interface LeaseHolder {
  readonly process: string;
  readonly db: Queryable;
  readonly directory: Directory;
  /** Whether this process's lease certainly runs still. */
  isValid(): boolean;
}

/** The shards of one unit that this process holds, each with a fencing epoch (P4). */
export class LeaseGroup {
  readonly unit: UnitName;
  readonly count: number;
  readonly #holder: LeaseHolder;
  readonly #hooks: LeaseHooks;
  readonly #held = new Map<number, number>();
  /** Given away just now: nothing new is taken for them. */
  readonly #leaving = new Set<number>();

  constructor(unit: UnitName, holder: LeaseHolder, hooks: LeaseHooks = {}) {
    this.unit = unit;
    this.count = shardCount(unit);
    this.#holder = holder;
    this.#hooks = hooks;
  }

  /** The epoch under which this process may take work for a shard; undefined when it may not. */
  epochOf(shard: number): number | undefined {
    return this.#leaving.has(shard) || !this.#holder.isValid() ? undefined : this.#held.get(shard);
  }

  /** Shards for which work may be taken. */
  held(): number[] {
    return this.#holder.isValid() ? [...this.#held.keys()].filter((shard) => !this.#leaving.has(shard)) : [];
  }

  /** Whether what was taken under an epoch may still be finished, as far as is known here. */
  holds(shard: number, epoch: number): boolean {
    return this.#held.get(shard) === epoch;
  }

  /** Takes every shard, from whoever has it. Fencing keeps the one before out. */
  async takeAll(): Promise<void> {
    const shards = Array.from({ length: this.count }, (_, shard) => shard);
    await this.#claim(shards, true);
  }

  /** Takes a shard that nobody alive has. */
  async takeFree(shard: number): Promise<void> {
    if (!this.#holder.directory.ownerOf(this.unit, shard)) await this.#claim([shard], false);
  }

  /** Makes what is held here what the database says. */
  reconcile(): void {
    const { directory, process } = this.#holder;
    const now = directory.shardsOf(this.unit, process, this.count);
    for (const [shard, epoch] of this.#held) {
      if (now.get(shard) !== epoch) this.#drop(shard);
    }
    for (const [shard, epoch] of now) if (!this.#held.has(shard)) this.#gain(shard, epoch);
  }

  /** Moves towards the fair share: takes what is free, gives away what is too much. */
  async balance(): Promise<void> {
    const { directory, process } = this.#holder;
    const peers = directory.instancesOf(this.unit);
    if (!peers.some((peer) => peer.process === process)) return;
    const fair = Math.ceil(this.count / peers.length);
    const free = this.#shards().filter((shard) => !directory.ownerOf(this.unit, shard));
    const room = fair - this.#held.size;
    if (room > 0 && free.length > 0) await this.#claim(pick(free, room), false);
    else if (room < 0) {
      const counts = this.#countsOf(peers.map((peer) => peer.process).filter((peer) => peer !== process));
      await this.#give([...this.held()].slice(room), counts, fair);
    }
  }

  /** Gives everything to the others, as evenly as can be. What nobody takes is freed when the process ends. */
  async handOver(): Promise<void> {
    const others = this.#holder.directory.instancesOf(this.unit).map((peer) => peer.process);
    const counts = this.#countsOf(others.filter((peer) => peer !== this.#holder.process));
    await this.#give([...this.#held.keys()], counts, Number.POSITIVE_INFINITY);
  }

  /** Stops work for all shards, and waits for what is under way. */
  async stop(): Promise<void> {
    const shards = [...this.#held.keys()];
    for (const shard of shards) this.#leaving.add(shard);
    if (shards.length > 0) await this.#hooks.drain?.(shards);
    for (const shard of shards) this.#drop(shard);
  }

  async #give(shards: number[], counts: Map<string, number>, most: number): Promise<void> {
    const gifts = new Map<string, number[]>();
    for (const shard of shards) {
      const [to, count] = [...counts].sort((a, b) => a[1] - b[1])[0] ?? [];
      if (to === undefined || count === undefined || count >= most) break;
      counts.set(to, count + 1);
      gifts.set(to, [...(gifts.get(to) ?? []), shard]);
    }
    const leaving = [...gifts.values()].flat();
    if (leaving.length === 0) return;
    for (const shard of leaving) this.#leaving.add(shard);
    try {
      await this.#hooks.drain?.(leaving);
      for (const [to, given] of gifts) {
        const transfer = { unit: this.unit, shards: given, from: this.#holder.process, to };
        for (const shard of await transferLeases(this.#holder.db, transfer)) this.#drop(shard);
      }
    } finally {
      for (const shard of leaving) this.#leaving.delete(shard);
    }
  }

  async #claim(shards: number[], force: boolean): Promise<void> {
    const { db, process } = this.#holder;
    for (const { shard, epoch } of await claimLeases(db, { unit: this.unit, shards, process, force })) {
      if (this.#held.has(shard)) this.#drop(shard);
      this.#gain(shard, epoch);
    }
  }

  #gain(shard: number, epoch: number): void {
    this.#held.set(shard, epoch);
    this.#hooks.gained?.(shard, epoch);
  }

  #drop(shard: number): void {
    if (this.#held.delete(shard)) this.#hooks.lost?.(shard);
  }

  #shards(): number[] {
    return Array.from({ length: this.count }, (_, shard) => shard);
  }

  #countsOf(processes: string[]): Map<string, number> {
    const { directory } = this.#holder;
    return new Map(processes.map((one) => [one, directory.shardsOf(this.unit, one, this.count).size]));
  }
}

/** Some of a list, at random, so that processes that take at the same time seldom want the same. */
function pick(list: number[], most: number): number[] {
  return list
    .map((value) => ({ value, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, most)
    .map(({ value }) => value);
}
