import type { Queryable } from '../storage/database.ts';
import { claimSlots, releaseSlots, renewSlots } from '../storage/streams/slots.ts';

/** How many slots rooms are spread over. */
export const SLOT_COUNT = 64;

/** Settings of {@link SlotLeases}. */
export interface SlotLeasesOptions {
  db: Queryable;
  /** Name of this process, unique among those that run. */
  owner: string;
  /** Where other processes reach its writers; null in one process. */
  address: string | null;
  leaseMs?: number;
  onError?: (error: unknown) => void;
}

/** The slots that this process holds, each under a lease with a fencing epoch (P4). */
export class SlotLeases {
  readonly #options: Required<SlotLeasesOptions>;
  readonly #epochs = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SlotLeasesOptions) {
    this.#options = { leaseMs: 5_000, onError: () => {}, ...options };
  }

  /** Takes all slots, from whoever has them: for a process that runs every unit. Fencing keeps the one before out. */
  async takeAll(): Promise<void> {
    const { db, owner, address, leaseMs } = this.#options;
    const slots = Array.from({ length: SLOT_COUNT }, (_, slot) => slot);
    for (const lease of await claimSlots(db, { owner, address, slots, leaseMs, force: true })) {
      this.#epochs.set(lease.slot, lease.epoch);
    }
    this.#timer = setInterval(() => void this.#renew(), leaseMs / 3);
    this.#timer.unref();
  }

  epochOf(slot: number): number | undefined {
    return this.#epochs.get(slot);
  }

  held(): number[] {
    return [...this.#epochs.keys()];
  }

  lost(slot: number): void {
    // Which of a batch's slots has gone is found out by renewing; until then the fence keeps us out of it.
    if (this.#epochs.has(slot)) void this.#renew();
  }

  /** Gives all slots back. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    const slots = this.held();
    this.#epochs.clear();
    await releaseSlots(this.#options.db, this.#options.owner, slots);
  }

  async #renew(): Promise<void> {
    const { db, owner, leaseMs } = this.#options;
    const leases = [...this.#epochs].map(([slot, epoch]) => ({ slot, epoch }));
    try {
      const kept = new Set((await renewSlots(db, owner, leases, leaseMs)).map((lease) => lease.slot));
      for (const { slot, epoch } of leases) {
        if (!kept.has(slot) && this.#epochs.get(slot) === epoch) this.#epochs.delete(slot);
      }
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
