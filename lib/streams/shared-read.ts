/**
 * A read that many want at once. Whoever asks gets an answer that was read after they asked; those who ask while a read
 * is under way share the next one, so that there is never more than one.
 */
export class SharedRead<T> {
  readonly #read: () => Promise<T>;
  #now: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  run(): Promise<T> {
    if (!this.#now) {
      const now = this.#read().finally(() => {
        this.#now = undefined;
      });
      this.#now = now;
      return now;
    }
    if (!this.#next) {
      const after = () => {
        this.#next = undefined;
        return this.run();
      };
      this.#next = this.#now.then(after, after);
    }
    return this.#next;
  }
}
