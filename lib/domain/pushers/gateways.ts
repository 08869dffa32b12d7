import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import type { ClaimedPusher } from '../../storage/pushers/push-queue.ts';
import type { Context } from '../context.ts';
import { pusherData } from './push-message.ts';

const MOST_ANSWER_BYTES = 65_536;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
const MOST_AT_ONCE = 16;

/** A gateway did not take a notification. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
}

/** Push gateways as this process knows them: how many requests are under way, and which had better be left alone. */
export class Gateways {
  readonly #ctx: Context;
  readonly #running = new Map<string, number>();
  readonly #pauses = new Map<string, { until: number; ms: number }>();

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** Gateways that get nothing now: they have enough to do, or did not answer. */
  unavailable(): string[] {
    const now = this.#ctx.clock.now();
    const paused = [...this.#pauses].filter(([, { until }]) => until > now).map(([gateway]) => gateway);
    const full = [...this.#running].filter(([, count]) => count >= MOST_AT_ONCE).map(([gateway]) => gateway);
    return [...new Set([...paused, ...full])];
  }

  /** When the first of the pauses is over; undefined without any. */
  nextEnd(): number | undefined {
    const now = this.#ctx.clock.now();
    const ends = [...this.#pauses.values()].map(({ until }) => until).filter((until) => until > now);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** Notes that a pusher's gateway is being worked with; the answer notes the end. */
  enter(gateway: string): () => void {
    this.#running.set(gateway, (this.#running.get(gateway) ?? 0) + 1);
    return () => {
      const left = (this.#running.get(gateway) ?? 1) - 1;
      if (left > 0) this.#running.set(gateway, left);
      else this.#running.delete(gateway);
    };
  }

  /**
   * Sends a notification. Returns the pushkeys that the gateway rejects.
   * @throws GatewayError when it does not take it: to be tried again.
   */
  async notify(pusher: ClaimedPusher, notification: JsonObject): Promise<string[]> {
    const { outboundHttp } = this.#ctx.config;
    let response: Awaited<ReturnType<Context['http']['fetch']>>;
    try {
      response = await this.#ctx.http.fetch(String(pusherData(pusher)['url']), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ notification }),
        timeoutMs: outboundHttp.timeoutMs,
        maxBytes: Math.min(outboundHttp.maxResponseBytes, MOST_ANSWER_BYTES),
        verifyTls: outboundHttp.verifyTls,
        allowPrivateAddresses: outboundHttp.allowPrivateAddresses,
        purpose: 'push',
      });
    } catch (error) {
      this.#pause(pusher.gateway);
      throw new GatewayError((error as Error).message, { cause: error });
    }
    this.#pauses.delete(pusher.gateway);
    if (response.status < 200 || response.status > 299) {
      throw new GatewayError(`the push gateway answered with status ${response.status}`);
    }
    return rejectedKeys(response.body);
  }

  #pause(gateway: string): void {
    const now = this.#ctx.clock.now();
    const before = this.#pauses.get(gateway);
    // Requests that were under way together fail together; that counts once.
    if (before && before.until > now) return;
    const ms = before ? Math.min(before.ms * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
    this.#pauses.set(gateway, { until: now + ms, ms });
  }
}

function rejectedKeys(body: Uint8Array): string[] {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return [];
  }
  const rejected = isJsonObject(answer) ? answer['rejected'] : undefined;
  return Array.isArray(rejected) ? rejected.filter((key) => typeof key === 'string') : [];
}
