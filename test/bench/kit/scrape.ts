import type { LoadClient } from './client.ts';

/** What a server's `/metrics` says, by name; of a metric with labels the sum. */
export async function scrape(client: LoadClient): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const line of (await client.text('/metrics')).split('\n')) {
    const match = /^(\w+)(?:\{[^}]*\})? (\S+)$/.exec(line);
    if (!match || match[1]?.endsWith('_bucket')) continue;
    const name = match[1] as string;
    sums.set(name, (sums.get(name) ?? 0) + Number(match[2]));
  }
  return sums;
}

/** Milliseconds between two looks of the monitor: what it says of a loop that is never held up. */
const RESOLUTION_MS = 10;

/**
 * The longest time in milliseconds for which the event loop stood still since this was asked last (`monitorEventLoopDelay`,
 * less its own resolution), and for 99 in 100 looks.
 */
export async function loopStalls(client: LoadClient): Promise<{ max: number; p99: number }> {
  const now = await scrape(client);
  const of = (name: string) => Math.max(0, (now.get(name) ?? Number.NaN) * 1_000 - RESOLUTION_MS);
  return { max: of('nodejs_eventloop_lag_max_seconds'), p99: of('nodejs_eventloop_lag_p99_seconds') };
}
