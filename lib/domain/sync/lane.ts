/** A task that takes longer than this does not hold the others up any more. */
const PATIENCE_MS = 2_000;
/** So many long tasks may run beside those that the width allows. */
const MOST_LONG = 3;

/**
 * Lets a bounded number of tasks run at the same time; the others wait their turn. Long ones leave their place to the
 * next, as long as there are few of them.
 */
export class Lane {
  readonly #width: number;
  readonly #patienceMs: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #long = 0;

  constructor(width: number, patienceMs = PATIENCE_MS) {
    this.#width = width;
    this.#patienceMs = patienceMs;
  }

  /** Runs a task when it is its turn. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    let long = false;
    const timer = setTimeout(() => {
      if (this.#long === MOST_LONG) return;
      long = true;
      this.#long++;
      this.#admit();
    }, this.#patienceMs);
    timer.unref();
    try {
      return await task();
    } finally {
      clearTimeout(timer);
      this.#running--;
      if (long) this.#long--;
      this.#admit();
    }
  }

  get #isFull(): boolean {
    return this.#running - this.#long >= this.#width;
  }

  #admit(): void {
    while (!this.#isFull && this.#waiting.length > 0) {
      this.#running++;
      this.#waiting.shift()?.();
    }
  }
}

const SLICE_MS = 5;

/** Cuts long work into slices, so that others get their turn in between. */
export class Slices {
  #since = performance.now();

  /** Whether it is time for the others: then wait for {@link next}. */
  get over(): boolean {
    return performance.now() - this.#since > SLICE_MS;
  }

  /** Resolves when everybody else has had a turn. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }
}
