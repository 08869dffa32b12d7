import type { Bus } from '../../../platform/bus.ts';

/** What the senders of all processes are told: there is something for these, or they have been heard of. */
export interface SenderHint {
  destinations: string[];
  /** They answer again: the next try need not wait. */
  reached?: true;
  /** Events of others wait to be passed on. */
  relays?: true;
}

const STREAM = 'federation';
const MOST_IN_ONE = 1_000;

/** Tells whoever sends to some destinations. A hint: what is to be sent is in the database. */
export function hintSenders(bus: Bus, destinations: Iterable<string>, reached = false): void {
  const all = [...destinations];
  for (let at = 0; at < all.length; at += MOST_IN_ONE) {
    const hint: SenderHint = { destinations: all.slice(at, at + MOST_IN_ONE), ...(reached ? { reached } : {}) };
    void bus.publish({ stream: STREAM, from: 0, to: 0, rows: [hint] });
  }
}

/** Tells that events of others are to be passed on. */
export function hintRelays(bus: Bus): void {
  const hint: SenderHint = { destinations: [], relays: true };
  void bus.publish({ stream: STREAM, from: 0, to: 0, rows: [hint] });
}

/** Calls back with every hint. Returns the function that ends it. */
export function onHints(bus: Bus, listener: (hint: SenderHint) => void): Promise<() => Promise<void>> {
  return bus.subscribe(STREAM, ({ rows }) => {
    for (const row of rows) listener(row as SenderHint);
  });
}
