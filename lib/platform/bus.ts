/** Rows of one stream between two positions: everything after `from`, up to and including `to`. */
export interface BusMessage {
  stream: string;
  from: number;
  to: number;
  /** The rows as the stream's file in `lib/streams` declares them; they must survive JSON. */
  rows: unknown[];
}

/**
 * Carries stream rows between processes (design.md §4). The bus is a hint, the database is the truth (P5): a message may
 * be late, lost or repeated, never wrong. A reader that sees `from` ahead of its own position asks the database.
 */
export interface Bus {
  /** Offers rows to every subscriber. Never throws: when the bus is down the readers catch up from the database. */
  publish(message: BusMessage): Promise<void> | void;

  /**
   * Calls `listener` with every message of a stream, in the order of each publisher. A listener that throws disturbs no
   * other. Resolves when messages flow, or, when the bus is down, as soon as that is known.
   *
   * @param onGap called instead of `listener` when rows existed but did not fit on the bus: read them from the database.
   * @returns the function that ends the subscription.
   */
  subscribe(stream: string, listener: (message: BusMessage) => void, onGap?: () => void): Promise<() => Promise<void>>;

  /** Calls `listener` each time the bus is back after a cut and subscribed again. Returns the function that ends it. */
  onReconnect(listener: () => void): () => void;

  /** Ends every subscription and connection. */
  close(): Promise<void>;
}
