import { LRUCache } from 'lru-cache';

const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Answers of `/sync` that were given out lately: a client whose connection broke asks the same again, and gets the same
 * (design.md §5). Requests that are alike and arrive together are computed once.
 */
export class SyncResponses {
  readonly #answers: LRUCache<string, string>;
  readonly #keepMs: number;
  readonly #underWay = new Map<string, Promise<{ text: string; whole: boolean }>>();

  /** @param keepMs how long an answer is kept; 0 keeps none. */
  constructor(keepMs: number) {
    this.#answers = new LRUCache({
      maxSize: MOST_BYTES,
      sizeCalculation: (text) => text.length + 200,
      ttl: Math.max(keepMs, 1),
      ttlAutopurge: false,
    });
    this.#keepMs = keepMs;
  }

  /**
   * The answer to a request: a kept one, that of an equal request under way, or a new one.
   * @param since the request's token. An answer that leads no further is not kept: the client's next request is the same
   *   again and has to wait for news. Nor is one to a request without a token: it names no point to go on from, and whoever
   *   starts anew wants to see what there is now.
   */
  async answer(
    key: string,
    since: string | undefined,
    signal: AbortSignal,
    compute: () => Promise<string>,
  ): Promise<string> {
    if (this.#keepMs === 0) return compute();
    const kept = this.#answers.get(key);
    if (kept !== undefined) return kept;
    const other = this.#underWay.get(key);
    if (other) {
      const answered = await other.catch(() => undefined);
      // The other client may have gone away before there was an answer.
      if (answered?.whole) return answered.text;
    }
    const own = compute().then((text) => ({ text, whole: !signal.aborted }));
    this.#underWay.set(key, own);
    try {
      const { text } = await own;
      const goesOn = Boolean(since) && !text.startsWith(`{"next_batch":"${since}"`);
      if (goesOn && !signal.aborted) this.#answers.set(key, text);
      return text;
    } finally {
      if (this.#underWay.get(key) === own) this.#underWay.delete(key);
    }
  }
}
