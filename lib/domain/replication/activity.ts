/** Ends something that was started, and waits for what is under way. */
export type Stop = () => Promise<void> | void;

/**
 * Work that goes on while this process holds a lease: started and ended in turn, however fast the lease comes and goes.
 */
export class Activity {
  readonly #begin: (epoch: number) => Promise<Stop> | Stop;
  readonly #onError: (error: unknown) => void;
  #turn: Promise<void> = Promise.resolve();
  #stop: Stop | undefined;

  constructor(begin: (epoch: number) => Promise<Stop> | Stop, onError: (error: unknown) => void) {
    this.#begin = begin;
    this.#onError = onError;
  }

  /** Starts under an epoch, once what ran before has ended. */
  begin(epoch: number): void {
    void this.#next(async () => {
      await this.#stop?.();
      this.#stop = await this.#begin(epoch);
    });
  }

  /** Ends it. Resolves when it has ended. */
  end(): Promise<void> {
    return this.#next(async () => {
      const stop = this.#stop;
      this.#stop = undefined;
      await stop?.();
    });
  }

  #next(step: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(step).catch(this.#onError);
    return this.#turn;
  }
}
