import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const RESOLUTION_MS = 10;

const WATCH = `
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { parentPort } = require('node:worker_threads');
const delay = monitorEventLoopDelay({ resolution: ${RESOLUTION_MS} });
delay.enable();
parentPort.on('message', () => {
  parentPort.postMessage(delay.max / 1e6);
  delay.reset();
});`;

/**
 * A thread that does nothing but look how long it was kept from running: what a busy machine does to every event loop. The
 * stalls of a server are to be held against it.
 */
export class IdleThread {
  readonly #worker = new Worker(WATCH, { eval: true });

  constructor() {
    this.#worker.unref();
  }

  /** The longest stall in milliseconds since this was asked last. */
  async longestStall(): Promise<number> {
    this.#worker.postMessage('');
    const [max] = (await once(this.#worker, 'message')) as [number];
    return Math.max(0, max - RESOLUTION_MS);
  }
}
