import type { PresenceWriter } from '../../streams/writers.ts';

type Touch = Parameters<PresenceWriter['touch']>[0];

const GATHER_MS = 200;

/**
 * Gathers signs of life of users for a moment: every sync brings one, and nobody waits for it, so they go to the
 * presence writer many at a time.
 */
export class TouchBuffer {
  readonly #send: (touches: Touch[]) => Promise<unknown>;
  #waiting = new Map<string, Touch>();
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (touches: Touch[]) => Promise<unknown>) {
    this.#send = send;
  }

  add(touch: Touch): void {
    this.#waiting.set(`${touch.userId} ${touch.deviceId} ${touch.active ?? false}`, touch);
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS).unref();
  }

  #flush(): void {
    const touches = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#timer = undefined;
    // Lost ones are made up for by the next sync.
    this.#send(touches).catch(() => {});
  }
}
