import { setTimeout as sleep } from 'node:timers/promises';
import type { UnitName } from '../../routing/unit-names.ts';
import type { Queryable } from '../../storage/database.ts';
import { endProcess } from '../../storage/streams/leases.ts';
import { beat } from '../../storage/streams/processes.ts';
import { DatabaseTime } from './database-time.ts';
import { Directory } from './directory.ts';
import { LeaseGroup, type LeaseHolder, type LeaseHooks } from './lease-group.ts';

/** Settings of a {@link Membership}. */
export interface MembershipOptions {
  /** A connection of its own: a lease must not wait for other statements of the process. */
  db: Queryable;
  /** Name of this process, unique among all that ever run. */
  process: string;
  units: readonly UnitName[];
  /** This process runs every unit alone: it takes everything, from whoever has it, and shares nothing. */
  alone: boolean;
  /** How far it has read its streams, for the sign of life. */
  positions?: () => Record<string, number>;
  /** How long a process counts as alive after its last sign of life. Milliseconds. */
  leaseMs?: number;
  /** How often it gives one. Milliseconds. */
  beatMs?: number;
  onError?: (error: unknown) => void;
}

/** How long before the end of its lease a process stops to trust it. */
const MARGIN_MS = 250;

/**
 * This process among the others: gives signs of life, knows who else is alive, and holds the shards of its units. The
 * process's lease is the lease of all of them.
 */
export class Membership implements LeaseHolder {
  readonly process: string;
  readonly db: Queryable;
  readonly directory: Directory;
  readonly time = new DatabaseTime();
  readonly #options: Required<MembershipOptions>;
  readonly #groups = new Map<UnitName, LeaseGroup>();
  #address: string | null = null;
  #validUntil = Number.NEGATIVE_INFINITY;
  #draining = false;
  #running: Promise<void> | undefined;
  #stop = new AbortController();

  constructor(options: MembershipOptions) {
    this.#options = { positions: () => ({}), leaseMs: 4_000, beatMs: 1_000, onError: () => {}, ...options };
    this.process = options.process;
    this.db = options.db;
    this.directory = new Directory(options.db);
  }

  /** Alone, a process need not be in time: nobody waits to take its shards. */
  isValid(): boolean {
    return this.#options.alone || performance.now() < this.#validUntil;
  }

  /** Makes the group of a unit that works by leases. Before {@link start}. */
  addGroup(unit: UnitName, hooks: LeaseHooks = {}): LeaseGroup {
    const group = new LeaseGroup(unit, this, hooks);
    this.#groups.set(unit, group);
    return group;
  }

  group(unit: UnitName): LeaseGroup | undefined {
    return this.#groups.get(unit);
  }

  /**
   * Joins the others: from here on the process counts as alive, and takes its share of what it can do.
   * @param address where its writers take commands
   */
  async start(address: string | null): Promise<void> {
    this.#address = address;
    if (this.#options.alone) {
      await this.#beat();
      for (const group of this.#groups.values()) await group.takeAll();
    } else await this.#turn();
    this.#running = this.#run();
  }

  /** Learns what the database says now about this process's shards. */
  async refresh(): Promise<void> {
    // Alone, the row may have run out while the process was busy; it counts again from the next sign of life on.
    if (this.#options.alone) await this.#beat();
    await this.directory.refresh();
    for (const group of this.#groups.values()) group.reconcile();
  }

  /**
   * Whether a shard is this process's after a look into the database. Takes it when nobody alive has it, so that
   * whoever needs it need not wait for the next turn.
   */
  async settle(unit: UnitName, shard: number): Promise<boolean> {
    const group = this.#groups.get(unit);
    if (!group) return false;
    await this.refresh();
    if (group.epochOf(shard) === undefined && !this.#draining && this.isValid()) await group.takeFree(shard);
    return group.epochOf(shard) !== undefined;
  }

  /** Hands over everything and takes nothing new; work for others' shards is refused from now on. */
  async drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    this.#stop.abort();
    await this.#running;
    if (!this.#options.alone) {
      await this.#beat();
      await this.directory.refresh();
      for (const group of this.#groups.values()) await group.handOver();
    }
  }

  /** Ends the work for all shards and leaves the list of those that run. */
  async close(): Promise<void> {
    await this.drain().catch(this.#options.onError);
    for (const group of this.#groups.values()) await group.stop();
    this.#validUntil = Number.NEGATIVE_INFINITY;
    await endProcess(this.db, this.process).catch(this.#options.onError);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(this.#options.beatMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#turn();
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }

  async #turn(): Promise<void> {
    if (!this.#options.alone) await this.#beat();
    await this.refresh();
    if (this.#options.alone) return;
    for (const group of this.#groups.values()) await group.balance();
  }

  async #beat(): Promise<void> {
    const { process, units, leaseMs, positions } = this.#options;
    const asked = performance.now();
    const now = await beat(this.db, {
      process,
      units,
      address: this.#address,
      draining: this.#draining,
      positions: positions(),
      leaseMs,
    });
    this.#validUntil = asked + leaseMs - MARGIN_MS;
    this.time.learn(now, asked);
  }
}
