import type { UnitName } from '../../routing/unit-names.ts';
import type { Queryable } from '../../storage/database.ts';
import { type DirectoryRows, type LiveProcess, readDirectory } from '../../storage/streams/processes.ts';
import { SharedRead } from '../shared-read.ts';

/** Who owns a shard: the process and the epoch under which it does. */
export interface Owner {
  process: string;
  address: string | null;
  epoch: number;
}

/** A process that fails is avoided for so long where there is another. */
const SUSPECT_MS = 2_000;

/**
 * Which processes are alive and who owns what, as the database says. An old answer costs a detour, never correctness:
 * whoever is asked for what is not theirs says so.
 */
export class Directory {
  readonly #db: Queryable;
  readonly #suspects = new Map<string, number>();
  #processes = new Map<string, LiveProcess>();
  #owners = new Map<string, Owner>();
  readonly #reads = new SharedRead(() => this.#read());
  /** `performance.now()` of the last answer's question. */
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Reads it anew: whoever calls sees what is true after the call. */
  refresh(): Promise<void> {
    return this.#reads.run();
  }

  /** Milliseconds since what it says was true for certain. */
  get age(): number {
    return performance.now() - this.#readAt;
  }

  /** The owner of a shard; undefined when nobody alive has it. */
  ownerOf(unit: UnitName, shard: number): Owner | undefined {
    return this.#owners.get(`${unit} ${shard}`);
  }

  /** Shards that a process owns, with their epochs. */
  shardsOf(unit: UnitName, process: string, count: number): Map<number, number> {
    const shards = new Map<number, number>();
    for (let shard = 0; shard < count; shard++) {
      const owner = this.ownerOf(unit, shard);
      if (owner?.process === process) shards.set(shard, owner.epoch);
    }
    return shards;
  }

  /** Processes that run a unit and stay. */
  instancesOf(unit: UnitName): LiveProcess[] {
    return [...this.#processes.values()].filter((one) => one.units.includes(unit) && !one.draining);
  }

  isAlive(process: string): boolean {
    return this.#processes.has(process);
  }

  /** A process that runs a unit, chosen at random among those that have not just failed; undefined when none is alive. */
  anyOf(unit: UnitName): LiveProcess | undefined {
    const all = this.instancesOf(unit).filter((one) => one.address !== null);
    const now = performance.now();
    const good = all.filter((one) => (this.#suspects.get(one.process) ?? 0) < now);
    const pool = good.length > 0 ? good : all;
    return pool[Math.floor(Math.random() * pool.length)];
  }

  /** A request to this process has failed. */
  suspect(process: string): void {
    this.#suspects.set(process, performance.now() + SUSPECT_MS);
  }

  async #read(): Promise<void> {
    const at = performance.now();
    this.#take(await readDirectory(this.#db));
    this.#readAt = at;
  }

  #take({ processes, leases }: DirectoryRows): void {
    this.#processes = new Map(processes.map((one) => [one.process, one]));
    this.#owners = new Map(
      leases.map(({ unit, shard, owner, epoch }) => [
        `${unit} ${shard}`,
        { process: owner, address: this.#processes.get(owner)?.address ?? null, epoch },
      ]),
    );
    for (const [process, until] of this.#suspects) if (until < performance.now()) this.#suspects.delete(process);
  }
}
