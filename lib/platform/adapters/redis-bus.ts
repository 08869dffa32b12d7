import type { Redis } from 'ioredis';
import type { Bus, BusMessage } from '../bus.ts';
import { connectRedis, whenReady } from './redis-connection.ts';

/** Settings of a {@link RedisBus}. */
export interface RedisBusOptions {
  url: string;
  /** Keeps the channels of several servers on one Redis apart. */
  serverName: string;
  /** Larger messages travel without their rows. Bytes; default 1 MiB. */
  maxMessageBytes?: number;
  /** While more than this waits to be sent, messages travel without their rows. Bytes; default 16 MiB. */
  maxPendingBytes?: number;
  /** How often the subscription's connection is tried, since a dead one looks like a quiet one. Default 10 s. */
  pingMs?: number;
  onError?: (error: unknown, stream: string) => void;
}

interface Subscriber {
  listener(message: BusMessage): void;
  onGap?(): void;
}

interface Span {
  from: number;
  to: number;
}

const SUBSCRIBE_MS = 2_000;
const PING_ANSWER_MS = 5_000;

/**
 * The bus between processes: Redis publish and subscribe, one channel per stream. What could not be sent is made up for
 * by a message without rows, which tells readers to ask the database.
 */
export class RedisBus implements Bus {
  readonly #options: Required<RedisBusOptions>;
  readonly #publisher: Redis;
  readonly #subscription: Redis;
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #reconnectListeners = new Set<() => void>();
  readonly #unsent = new Map<string, Span>();
  readonly #timer: NodeJS.Timeout;
  #pendingBytes = 0;
  /** Messages may have passed unheard since the subscription was last complete. */
  #deaf = false;

  constructor(options: RedisBusOptions) {
    this.#options = {
      maxMessageBytes: 1024 * 1024,
      maxPendingBytes: 16 * 1024 * 1024,
      pingMs: 10_000,
      onError: () => {},
      ...options,
    };
    this.#publisher = connectRedis(options.url, { commandTimeout: PING_ANSWER_MS });
    this.#subscription = connectRedis(options.url, { autoResubscribe: false });
    this.#publisher.on('ready', () => this.#sendHints());
    this.#subscription.on('close', () => {
      this.#deaf = true;
    });
    this.#subscription.on('ready', () => void this.#listenAgain());
    this.#subscription.on('message', (channel: string, payload: string) => this.#receive(channel, payload));
    this.#timer = setInterval(() => {
      void this.#ping();
      this.#sendHints();
    }, this.#options.pingMs);
    this.#timer.unref();
  }

  async publish(message: BusMessage): Promise<void> {
    const { stream, from, to, rows } = message;
    let payload = JSON.stringify({ from, to, rows });
    let bytes = Buffer.byteLength(payload);
    const { maxMessageBytes, maxPendingBytes } = this.#options;
    if (bytes > maxMessageBytes || this.#pendingBytes + bytes > maxPendingBytes) {
      payload = JSON.stringify({ from, to });
      bytes = payload.length;
    }
    await this.#send(stream, payload, bytes, { from, to });
  }

  async subscribe(
    stream: string,
    listener: (message: BusMessage) => void,
    onGap?: () => void,
  ): Promise<() => Promise<void>> {
    const subscriber: Subscriber = { listener, onGap };
    const known = this.#subscribers.get(stream);
    const subscribers = known ?? new Set();
    this.#subscribers.set(stream, subscribers.add(subscriber));
    if (!known && !(await this.#listen([this.#channel(stream)]))) this.#deaf = true;
    return async () => {
      subscribers.delete(subscriber);
      if (subscribers.size > 0 || this.#subscribers.get(stream) !== subscribers) return;
      this.#subscribers.delete(stream);
      await this.#subscription.unsubscribe(this.#channel(stream)).catch(() => {});
    };
  }

  onReconnect(listener: () => void): () => void {
    this.#reconnectListeners.add(listener);
    return () => this.#reconnectListeners.delete(listener);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#subscribers.clear();
    this.#reconnectListeners.clear();
    this.#publisher.disconnect();
    this.#subscription.disconnect();
  }

  #channel(stream: string): string {
    return `myelin:${this.#options.serverName}:stream:${stream}`;
  }

  async #send(stream: string, payload: string, bytes: number, span: Span): Promise<void> {
    this.#pendingBytes += bytes;
    try {
      await this.#publisher.publish(this.#channel(stream), payload);
    } catch {
      const earlier = this.#unsent.get(stream);
      this.#unsent.set(stream, {
        from: Math.min(span.from, earlier?.from ?? span.from),
        to: Math.max(span.to, earlier?.to ?? span.to),
      });
    } finally {
      this.#pendingBytes -= bytes;
    }
  }

  #sendHints(): void {
    if (this.#publisher.status !== 'ready') return;
    const unsent = [...this.#unsent];
    this.#unsent.clear();
    for (const [stream, span] of unsent) void this.#send(stream, JSON.stringify(span), 0, span);
  }

  async #listen(channels: string[]): Promise<boolean> {
    if (!(await whenReady(this.#subscription, SUBSCRIBE_MS))) return false;
    return this.#subscription.subscribe(...channels).then(
      () => true,
      () => false,
    );
  }

  async #listenAgain(): Promise<void> {
    const channels = [...this.#subscribers.keys()].map((stream) => this.#channel(stream));
    if (channels.length > 0 && !(await this.#listen(channels))) return;
    if (!this.#deaf) return;
    this.#deaf = false;
    for (const listener of [...this.#reconnectListeners]) this.#call(listener, 'reconnect');
  }

  #receive(channel: string, payload: string): void {
    const stream = channel.slice(this.#channel('').length);
    let message: BusMessage | undefined;
    try {
      message = { stream, ...JSON.parse(payload) };
    } catch (error) {
      this.#options.onError(error, stream);
    }
    for (const subscriber of [...(this.#subscribers.get(stream) ?? [])]) {
      this.#call(() => {
        if (message?.rows) subscriber.listener(message);
        else subscriber.onGap?.();
      }, stream);
    }
  }

  #call(body: () => void, stream: string): void {
    try {
      body();
    } catch (error) {
      this.#options.onError(error, stream);
    }
  }

  async #ping(): Promise<void> {
    if (this.#subscription.status !== 'ready') return;
    const late = setTimeout(() => this.#subscription.disconnect(true), PING_ANSWER_MS);
    late.unref();
    await this.#subscription.ping().catch(() => {});
    clearTimeout(late);
  }
}
