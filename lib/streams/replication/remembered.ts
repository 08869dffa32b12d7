import type { Answer } from './answer.ts';

const KEPT_MS = 120_000;
const MOST_COMMANDS = 50_000;
const MOST_NONCES = 500_000;

/** Answers to commands, kept for some time: a command that is sent again is not carried out again. */
export class RememberedCommands {
  readonly #answers = new Map<string, { at: number; answer: Promise<Answer> }>();

  /** The answer to a command: the one that was given (or is being worked out) for its id, or that of `run`. */
  get(id: string, run: () => Promise<Answer>): Promise<Answer> {
    const known = this.#answers.get(id);
    if (known) return known.answer;
    this.#forgetOld();
    const answer = run();
    this.#answers.set(id, { at: performance.now(), answer });
    const forget = () => this.#answers.delete(id);
    // What was not done, or perhaps not, may be tried again.
    answer.then(({ outcome }) => {
      if (outcome !== 'result' && outcome !== 'error') forget();
    }, forget);
    return answer;
  }

  #forgetOld(): void {
    const oldest = performance.now() - KEPT_MS;
    for (const [id, { at }] of this.#answers) {
      if (at > oldest && this.#answers.size < MOST_COMMANDS) return;
      this.#answers.delete(id);
    }
  }
}

/** Nonces of requests that are still within the window of time: each is good once. */
export class UsedNonces {
  readonly #used = new Map<string, number>();

  /**
   * Takes a nonce. Only for requests whose signature is right, so that nobody else can fill the memory.
   * @param until when its request is too old anyway, in the time that `now` is in
   * @returns false when it was used before, or when no more can be remembered
   */
  take(nonce: string, until: number, now: number): boolean {
    for (const [old, end] of this.#used) {
      if (end > now) break;
      this.#used.delete(old);
    }
    if (this.#used.has(nonce) || this.#used.size >= MOST_NONCES) return false;
    this.#used.set(nonce, until);
    return true;
  }
}
