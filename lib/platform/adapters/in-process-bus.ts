import type { Bus, BusMessage } from '../bus.ts';

interface Subscriber {
  listener(message: BusMessage): void;
}

/**
 * The bus of a single process. Delivers while `publish` runs, so that readers have seen the rows before the writer goes
 * on; what a listener publishes comes after what it was called for.
 */
export class InProcessBus implements Bus {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #onError: (error: unknown, stream: string) => void;
  readonly #waiting: BusMessage[] = [];
  #delivering = false;

  constructor(onError: (error: unknown, stream: string) => void = () => {}) {
    this.#onError = onError;
  }

  publish(message: BusMessage): void {
    this.#waiting.push(message);
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#deliver(next);
    this.#delivering = false;
  }

  async subscribe(stream: string, listener: (message: BusMessage) => void): Promise<() => Promise<void>> {
    const subscriber = { listener };
    const subscribers = this.#subscribers.get(stream) ?? new Set();
    this.#subscribers.set(stream, subscribers.add(subscriber));
    return async () => {
      subscribers.delete(subscriber);
    };
  }

  /** Never calls: a process is not cut off from itself. */
  onReconnect(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.#subscribers.clear();
  }

  #deliver(message: BusMessage): void {
    for (const { listener } of [...(this.#subscribers.get(message.stream) ?? [])]) {
      try {
        listener(message);
      } catch (error) {
        this.#onError(error, message.stream);
      }
    }
  }
}
