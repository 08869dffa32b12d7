import { Redis, type RedisOptions } from 'ioredis';

/**
 * Opens a connection that comes back by itself after a cut, waiting longer each time (50 ms to 3 s, spread at random so
 * that a fleet does not return in step). Commands fail at once while it is down.
 */
export function connectRedis(url: string, options: RedisOptions = {}): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), 3_000) * (0.5 + Math.random() / 2),
    ...options,
  });
  // Without a listener every refused connection would be printed; whoever uses it notices by the failing commands.
  redis.on('error', () => {});
  return redis;
}

/** Resolves with true once the connection is ready, with false after `ms` milliseconds. */
export function whenReady(redis: Redis, ms: number): Promise<boolean> {
  if (redis.status === 'ready') return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (ready: boolean) => {
      clearTimeout(timer);
      redis.off('ready', onReady);
      redis.off('end', onEnd);
      resolve(ready);
    };
    const onReady = () => settle(true);
    const onEnd = () => settle(false);
    const timer = setTimeout(settle, ms, false);
    redis.once('ready', onReady).once('end', onEnd);
  });
}
