/**
 * The database's time, carried on by this machine's monotonic clock. Processes compare times with each other by it alone:
 * their own wall clocks may be wrong by hours.
 */
export class DatabaseTime {
  #offset: number | undefined;

  /**
   * Takes in what the database said.
   * @param now its time in milliseconds
   * @param askedAt `performance.now()` when it was asked
   */
  learn(now: number, askedAt: number): void {
    // The answer was true somewhere between the question and now.
    this.#offset = now - (askedAt + performance.now()) / 2;
  }

  get known(): boolean {
    return this.#offset !== undefined;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    if (this.#offset === undefined) throw new Error("the database's time is not known yet");
    return performance.now() + this.#offset;
  }
}
