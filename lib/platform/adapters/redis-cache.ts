import type { Redis } from 'ioredis';
import type { Cache, TokenAnswer } from '../cache.ts';
import { InProcessCache } from './in-process-cache.ts';
import { connectRedis, whenReady } from './redis-connection.ts';
import { retryAfterMs } from './token-bucket.ts';

const COMMAND_MS = 500;

const INCREMENT = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`;

// The same arithmetic as takeFrom in token-bucket.ts, in one step for all processes. Answers with the tokens that were
// there: one or more means that one was taken.
const TAKE_TOKEN = `
local rate, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local known = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local at = math.max(now, tonumber(known[2]) or now)
local tokens = burst
if known[1] then tokens = math.min(burst, tonumber(known[1]) + (at - tonumber(known[2])) / 1000 * rate) end
local left = tokens
if tokens >= 1 then left = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', left), 'at', string.format('%.0f', at))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return string.format('%.9f', tokens)`;

/** The cache that all processes share. While Redis is away it misses, and rate limits count per process. */
export class RedisCache implements Cache {
  readonly #redis: Redis;
  readonly #prefix: string;
  #standIn: InProcessCache | undefined;
  #connectedOnce: Promise<boolean> | undefined;

  constructor(options: { url: string; serverName: string }) {
    this.#redis = connectRedis(options.url, { commandTimeout: COMMAND_MS });
    this.#prefix = `myelin:${options.serverName}:cache:`;
    this.#redis.defineCommand('myelinIncrement', { numberOfKeys: 1, lua: INCREMENT });
    this.#redis.defineCommand('myelinTakeToken', { numberOfKeys: 1, lua: TAKE_TOKEN });
  }

  /** What counts while Redis is away. */
  get #own(): InProcessCache {
    this.#standIn ??= new InProcessCache(4 * 1024 * 1024);
    return this.#standIn;
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#try('get', key)) as string | undefined;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#try('set', key, value, 'PX', Math.max(1, Math.ceil(ttlMs)));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#try('del', key)) !== undefined;
  }

  async increment(key: string, ttlMs: number): Promise<number> {
    const count = await this.#try('myelinIncrement', key, Math.max(1, Math.ceil(ttlMs)));
    return count === undefined ? this.#own.increment(key, ttlMs) : Number(count);
  }

  async takeToken(key: string, ratePerSecond: number, burst: number, now: number): Promise<TokenAnswer> {
    // A bucket that nobody uses until it is full again need not be kept.
    const keepMs =
      ratePerSecond > 0 ? Math.min(86_400_000, Math.ceil((burst / ratePerSecond) * 1_000) + 1_000) : 86_400_000;
    const found = await this.#try('myelinTakeToken', `bucket:${key}`, ratePerSecond, burst, now, keepMs);
    if (found === undefined) return this.#own.takeToken(key, ratePerSecond, burst, now);
    const tokens = Number(found);
    if (tokens >= 1) return { allowed: true, retryAfterMs: 0 };
    return { allowed: false, retryAfterMs: retryAfterMs(tokens, ratePerSecond) };
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await this.#standIn?.close();
  }

  async #try(command: string, key: string, ...args: (string | number)[]): Promise<unknown> {
    // Only the first connection is waited for; later cuts must not slow requests down.
    this.#connectedOnce ??= whenReady(this.#redis, COMMAND_MS);
    await this.#connectedOnce;
    if (this.#redis.status !== 'ready') return undefined;
    const run = this.#redis[command as 'get'] as (...all: unknown[]) => Promise<unknown>;
    try {
      return (await run.call(this.#redis, this.#prefix + key, ...args)) ?? undefined;
    } catch {
      return undefined;
    }
  }
}
