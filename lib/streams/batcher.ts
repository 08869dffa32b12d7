interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Group commit: while one commit is in flight, items gather; the next commit takes them all, up to a bound. Items are
 * committed in the order in which they were added.
 */
export class Batcher<Item, Result> {
  readonly #commit: (items: Item[]) => Promise<(Result | Error)[]>;
  readonly #maxItems: number;
  #waiting: Waiting<Item, Result>[] = [];
  #running: Promise<void> | undefined;
  #added = 0;
  #done = 0;
  #barriers: { at: number; resolve(): void }[] = [];

  /** @param commit takes a batch and answers with one result (or error) per item; when it throws, all items of the batch fail. */
  constructor(commit: (items: Item[]) => Promise<(Result | Error)[]>, maxItems = 512) {
    this.#commit = commit;
    this.#maxItems = maxItems;
  }

  /** Items that no commit has taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Adds an item; resolves when its batch is committed. */
  add(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#added++;
      this.#running ??= this.#run();
    });
  }

  /** Resolves when everything added so far is committed or failed. */
  async barrier(): Promise<void> {
    const at = this.#added;
    if (this.#done >= at) return;
    await new Promise<void>((resolve) => this.#barriers.push({ at, resolve }));
  }

  async #run(): Promise<void> {
    // One turn of the event loop lets requests that arrived together share the first batch too.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#maxItems);
      try {
        const results = await this.#commit(batch.map((w) => w.item));
        batch.forEach((w, i) => {
          const result = results[i];
          if (result instanceof Error) w.reject(result);
          else w.resolve(result as Result);
        });
      } catch (error) {
        for (const w of batch) w.reject(error);
      }
      this.#done += batch.length;
      for (const barrier of this.#barriers.filter((b) => b.at <= this.#done)) barrier.resolve();
      this.#barriers = this.#barriers.filter((b) => b.at > this.#done);
    }
    this.#running = undefined;
  }
}
