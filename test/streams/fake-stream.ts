import type { Bus, BusMessage } from '../../lib/platform/bus.ts';
import type { PushRuleRow, StreamDefinition } from '../../lib/streams/stream.ts';

/** A stream whose rows are in an array: the part of the database that the hub knows. */
export class FakeTable {
  readonly rows: PushRuleRow[] = [];
  /** Position that readers see; ahead of the last row when rows have moved on. */
  position = 0;
  /** How many of the next questions fail. */
  failures = 0;
  questions = 0;
  /** Called while an answer is under way: what happens now is not in it any more. */
  beforeAnswer: () => Promise<void> | void = () => {};

  /** Writes rows as one batch and returns the message that the writer would publish. */
  append(count: number): BusMessage {
    const from = this.position;
    const rows = Array.from({ length: count }, (_, i) => ({ position: from + i + 1, userId: `@u${from + i + 1}:x` }));
    this.rows.push(...rows);
    this.position += count;
    return { stream: 'push_rules', from, to: this.position, rows };
  }

  get definition(): StreamDefinition {
    const definition: StreamDefinition<'push_rules'> = {
      name: 'push_rules',
      currentPosition: async () => {
        const { position } = this;
        await this.#answer();
        return position;
      },
      readBetween: async (_db, from, to, limit) => {
        const rows = this.rows.filter((row) => row.position > from && row.position <= to).slice(0, limit);
        await this.#answer();
        return { rows, to: rows.length < limit ? to : (rows.at(-1)?.position ?? to) };
      },
    };
    return definition as StreamDefinition;
  }

  async #answer(): Promise<void> {
    this.questions++;
    await this.beforeAnswer();
    if (this.failures > 0) {
      this.failures--;
      throw new Error('the database is away');
    }
  }
}

/** A bus that delivers what the test wants, when it wants. */
export class HandBus implements Bus {
  #listener: ((message: BusMessage) => void) | undefined;
  #onGap: (() => void) | undefined;
  #reconnected: (() => void)[] = [];

  publish(): void {}

  async subscribe(_stream: string, listener: (message: BusMessage) => void, onGap?: () => void) {
    this.#listener = listener;
    this.#onGap = onGap;
    return async () => {
      this.#listener = undefined;
    };
  }

  onReconnect(listener: () => void): () => void {
    this.#reconnected.push(listener);
    return () => {};
  }

  async close(): Promise<void> {}

  deliver(message: BusMessage): void {
    this.#listener?.(structuredClone(message));
  }

  gap(): void {
    this.#onGap?.();
  }

  reconnect(): void {
    for (const listener of this.#reconnected) listener();
  }
}
