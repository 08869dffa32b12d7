import type { Context } from '../../domain/context.ts';
import { serverFacts } from '../../storage/server-facts.ts';

const LONGEST_MS = 2_000;

/** Whether this process can do its work: 200 `{status: 'ok'}`, or 503 when the database doesn't answer in time. */
export async function healthResponse(ctx: Context): Promise<Response> {
  const started = performance.now();
  try {
    const { migrations } = await within(serverFacts(ctx.db));
    return answer(200, { status: 'ok', migrations, database_ms: Math.round(performance.now() - started) });
  } catch {
    return answer(503, { status: 'unavailable', reason: 'The database does not answer.' });
  }
}

/** The text that Prometheus scrapes; undefined where nothing is scraped. */
export async function metricsResponse(ctx: Context): Promise<Response | undefined> {
  if (!ctx.config.metrics.enabled) return undefined;
  const { backend } = ctx.metrics;
  const text = await backend.render();
  return text === '' ? undefined : new Response(text, { headers: { 'content-type': backend.contentType } });
}

function answer(status: number, body: object): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), LONGEST_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
