import type { OutboundHttp } from '../../platform/outbound-http.ts';
import { isServerName } from '../../spec/ids.ts';
import { isJsonObject } from '../../spec/json.ts';

/** What a host says in `/.well-known/matrix/server`, and for how long that may be believed. */
export interface WellKnown {
  /** The name to go on with; undefined when the host says nothing of use. */
  delegated: string | undefined;
  ttlMs: number;
}

const HOUR = 3_600_000;
const DEFAULT_TTL_MS = 24 * HOUR;
const MOST_TTL_MS = 48 * HOUR;
const LEAST_TTL_MS = 5 * 60_000;
const FAILURE_TTL_MS = HOUR;
/** A host that was not reached at all may just be starting. */
const UNREACHED_TTL_MS = 60_000;
const MOST_BYTES = 50 * 1024;
const TIMEOUT_MS = 10_000;
const MOST_REDIRECTS = 5;

/** Settings of requests to other servers. */
export interface ReachOptions {
  caFiles: string[];
  allowPrivateAddresses: boolean;
}

/** Reads what a host delegates to (server-server API, "Getting server names", `/.well-known/matrix/server`). */
export async function fetchWellKnown(http: OutboundHttp, host: string, reach: ReachOptions): Promise<WellKnown> {
  try {
    const response = await http.fetch(`https://${host}/.well-known/matrix/server`, {
      ...reach,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MOST_BYTES,
      followRedirects: MOST_REDIRECTS,
      purpose: 'federation',
    });
    if (response.status !== 200) return { delegated: undefined, ttlMs: FAILURE_TTL_MS };
    const delegated = delegatedName(response.body);
    return { delegated, ttlMs: delegated === undefined ? FAILURE_TTL_MS : ttlOf(response.headers) };
  } catch {
    return { delegated: undefined, ttlMs: UNREACHED_TTL_MS };
  }
}

function delegatedName(body: Uint8Array): string | undefined {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(body));
    const name = isJsonObject(answer) ? answer['m.server'] : undefined;
    return typeof name === 'string' && isServerName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** How long an answer may be kept, by its own words and within bounds. */
function ttlOf(headers: Record<string, string>): number {
  const control = headers['cache-control'] ?? '';
  let ttl = DEFAULT_TTL_MS;
  const age = /(?:^|[\s,])max-age\s*=\s*"?(\d+)/i.exec(control)?.[1];
  if (/(?:^|[\s,])no-(?:store|cache)/i.test(control)) ttl = 0;
  else if (age !== undefined) ttl = Number(age) * 1_000;
  else if (headers['expires'] !== undefined) {
    const expires = Date.parse(headers['expires']);
    const now = Date.parse(headers['date'] ?? '') || Date.now();
    ttl = Number.isNaN(expires) ? 0 : expires - now;
  }
  return Math.min(Math.max(ttl, LEAST_TTL_MS), MOST_TTL_MS);
}
