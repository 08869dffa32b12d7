import type { SendResult } from '../../../streams/writers.ts';

interface Entry {
  type: string;
  result: Promise<SendResult> | SendResult;
}

const MOST_PER_DEVICE = 1_000;
const MOST_PER_ROOM = 20_000;
const ENTRY_BYTES = 300;

/** The transaction ids that devices have used in a room lately, in flight ones included. */
export class Transactions {
  /** By sender and device, the longest unused first. */
  readonly #devices = new Map<string, Map<string, Entry>>();
  #count = 0;

  get bytes(): number {
    return this.#count * ENTRY_BYTES;
  }

  /** Whether the device's earlier transactions were taken in. */
  knows(device: string): boolean {
    return this.#devices.has(device);
  }

  /** Takes in a device's stored transactions, newest first. */
  load(device: string, rows: { txnId: string; type: string; eventId: string; position: number }[]): void {
    if (this.#devices.has(device)) return;
    this.#devices.set(device, new Map());
    for (const row of [...rows].reverse()) {
      const result = { eventId: row.eventId, position: row.position, duplicate: true };
      this.#put(device, row.txnId, { type: row.type, result });
    }
  }

  /** What the transaction has made, or is making, if it was for an event of that type. */
  find(device: string, txnId: string, type: string): Promise<SendResult> | SendResult | undefined {
    const entry = this.#devices.get(device)?.get(txnId);
    return entry?.type === type ? entry.result : undefined;
  }

  /** Notes what a transaction makes; forgotten again when that fails. */
  note(device: string, txnId: string, type: string, result: Promise<SendResult>): void {
    const entry: Entry = { type, result };
    this.#put(device, txnId, entry);
    result.then(
      (done) => {
        entry.result = done;
      },
      () => this.#forget(device, txnId, entry),
    );
  }

  #put(device: string, txnId: string, entry: Entry): void {
    const known = this.#devices.get(device) ?? new Map<string, Entry>();
    if (!known.has(txnId)) this.#count++;
    known.set(txnId, entry);
    // The device used last stands at the end.
    this.#devices.delete(device);
    this.#devices.set(device, known);
    if (known.size > MOST_PER_DEVICE) {
      const [oldest, old] = known.entries().next().value as [string, Entry];
      if (!(old.result instanceof Promise)) this.#forget(device, oldest, old);
    }
    if (this.#count > MOST_PER_ROOM) this.#dropLongestUnused();
  }

  #forget(device: string, txnId: string, entry: Entry): void {
    const known = this.#devices.get(device);
    if (known?.get(txnId) !== entry) return;
    known.delete(txnId);
    this.#count--;
  }

  #dropLongestUnused(): void {
    for (const [device, known] of this.#devices) {
      if ([...known.values()].some((entry) => entry.result instanceof Promise)) continue;
      this.#devices.delete(device);
      this.#count -= known.size;
      return;
    }
  }
}
