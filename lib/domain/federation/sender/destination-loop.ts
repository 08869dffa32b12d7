import type { JsonObject } from '../../../spec/json.ts';
import { compactOutbox } from '../../../storage/federation/outbox.ts';
import {
  finishTransaction,
  getSentTransaction,
  putSentTransaction,
  type SentTransaction,
} from '../../../storage/federation/sent-transactions.ts';
import type { Context } from '../../context.ts';
import { FederationError } from '../federation-error.ts';
import { federationPath } from '../federation-path.ts';
import { buildTransaction } from './build-transaction.ts';
import { EphemeralQueue } from './ephemeral-queue.ts';
import type { Gate } from './gate.ts';

/** A destination that has been away for so long gets the newest event of each room, and asks for the others. */
const CATCH_UP_AFTER_MS = 10 * 60_000;
const SEND_MS = 60_000;
const TROUBLE_MS = 5_000;

/** Sends to one destination: one transaction at a time, each until it is answered. */
export class DestinationLoop {
  readonly destination: string;
  readonly ephemeral = new EphemeralQueue();
  readonly #ctx: Context;
  readonly #gate: Gate;
  #dirty = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #stop = new AbortController();

  /** @param gate how many may send at the same time */
  constructor(ctx: Context, destination: string, gate: Gate) {
    this.#ctx = ctx;
    this.destination = destination;
    this.#gate = gate;
  }

  /** Nothing is under way and nothing waits here. */
  get isIdle(): boolean {
    return !this.#running && !this.#timer && this.ephemeral.size === 0;
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#stop.signal.aborted) return;
    this.#dirty = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#dirty) this.wake();
    });
  }

  /** Ends the loop; a transaction under way is finished or given up, and sent again by whoever comes next. */
  async stop(graceMs = 0): Promise<void> {
    clearTimeout(this.#timer);
    this.#dirty = false;
    if (!this.#running) return this.#stop.abort();
    const timer = setTimeout(() => this.#stop.abort(), graceMs);
    await this.#running;
    clearTimeout(timer);
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false;
      try {
        while (!this.#stop.signal.aborted && (await this.#gate.run(() => this.#step())));
      } catch (error) {
        this.#ctx.log.warn({ err: error, destination: this.destination }, 'sending to a server failed');
        this.#wakeIn(TROUBLE_MS);
      }
    }
  }

  /** Sends one transaction. False when there is none, or the destination does not take it now. */
  async #step(): Promise<boolean> {
    const { db, federation } = this.#ctx;
    const pause = await federation.destinations.pauseFor(this.destination);
    if (pause > 0) {
      this.#wakeIn(pause);
      return false;
    }
    const stored = await getSentTransaction(db, this.destination);
    if (!stored && (await this.#hasBeenAway())) await compactOutbox(db, this.destination);
    const txn = stored ?? (await this.#next());
    if (!txn) return false;
    if (!(await this.#send(txn))) return false;
    await finishTransaction(db, this.destination, txn);
    return true;
  }

  async #next(): Promise<SentTransaction | undefined> {
    const txn = await buildTransaction(this.#ctx, this.destination, this.ephemeral);
    if (!txn?.durable) return txn;
    if (await putSentTransaction(this.#ctx.db, this.destination, txn)) return txn;
    // Another process has begun one in the meantime.
    return getSentTransaction(this.#ctx.db, this.destination);
  }

  /** True when the destination has taken it, or will never. */
  async #send({ txnId, body }: SentTransaction): Promise<boolean> {
    const { federation, log } = this.#ctx;
    const { destination } = this;
    try {
      await federation.client.json(destination, {
        method: 'PUT',
        path: federationPath`/v1/send/${txnId}`,
        content: JSON.parse(body) as JsonObject,
        timeoutMs: SEND_MS,
        evenIfFailing: true,
        isDelivery: true,
        signal: this.#stop.signal,
      });
      return true;
    } catch (error) {
      if (!(error instanceof FederationError)) throw error;
      if (this.#stop.signal.aborted) return false;
      if (error.isRefusal && ![401, 404, 408, 429].includes(error.status as number)) {
        log.warn({ err: error, destination, txnId }, 'a server refused a transaction for good');
        await federation.destinations.reached(destination);
        return true;
      }
      log.info({ err: error, destination, txnId }, 'a server did not take a transaction');
      this.ephemeral.dropShortLived();
      if (await this.#hasBeenAway()) await compactOutbox(this.#ctx.db, destination);
      this.#wakeIn(Math.max(await federation.destinations.pauseFor(destination), error.retryAfterMs ?? 0, 1));
      return false;
    }
  }

  async #hasBeenAway(): Promise<boolean> {
    const { clock, federation } = this.#ctx;
    const { failingSinceTs } = await federation.destinations.healthOf(this.destination);
    return failingSinceTs !== null && clock.now() - failingSinceTs > CATCH_UP_AFTER_MS;
  }

  #wakeIn(ms: number): void {
    if (this.#stop.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), Math.min(ms, 2 ** 31 - 1));
    this.#timer.unref();
  }
}
