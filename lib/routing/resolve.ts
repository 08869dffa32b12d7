import { ENDPOINT_TABLE, type TableEndpoint } from './endpoint-table.ts';
import { PathTrie } from './path-trie.ts';
import { FALLBACK_UNIT, type FrontUnit } from './unit-names.ts';

/** The endpoint that answers a request. */
export interface Resolution {
  endpoint: TableEndpoint;
  unit: FrontUnit;
  /** Path parameters, percent-decoded. */
  params: Record<string, string>;
}

let trie: PathTrie<TableEndpoint> | undefined;

/** Built on first use: functions that only read declarations do not pay for it. */
function endpoints(): PathTrie<TableEndpoint> {
  if (trie) return trie;
  trie = new PathTrie();
  for (const endpoint of ENDPOINT_TABLE) {
    for (const path of endpoint.paths) trie.add(endpoint.method, path, endpoint);
  }
  return trie;
}

/**
 * The endpoint for a method and a raw path (a query may follow), or undefined when no template meets them. Templates
 * only: the worker table's patterns would let a state key named `account_data` take the request elsewhere.
 * @throws URIError when a parameter is not valid percent-encoded UTF-8
 */
export function resolve(method: string, rawPath: string): Resolution | undefined {
  const match = endpoints().match(method, rawPath);
  if (!match) return undefined;
  return { endpoint: match.value, unit: match.value.serves, params: decodeParams(match.rawParams) };
}

/**
 * The unit that takes a request. Requests that nothing answers, and preflights of unknown paths, go to the fallback,
 * which says so in Matrix's words. Never throws.
 */
export function unitOf(method: string, rawPath: string): FrontUnit {
  const match = endpoints().match(method, rawPath);
  if (match) return match.value.serves;
  const [first] = endpoints().methods(rawPath).values();
  return first?.serves ?? FALLBACK_UNIT;
}

/** The methods a path answers to; empty for an unknown path. Decides between 404 and 405. */
export function allowedMethods(rawPath: string): string[] {
  return [...endpoints().methods(rawPath).keys()];
}

/**
 * Percent-decodes path parameters; `+` stays a plus.
 * @throws URIError when a value is not valid percent-encoded UTF-8
 */
export function decodeParams(rawParams: Readonly<Record<string, string>>): Record<string, string> {
  const decoded: Record<string, string> = {};
  for (const [name, value] of Object.entries(rawParams)) {
    decoded[name] = value.includes('%') ? decodeURIComponent(value) : value;
  }
  return decoded;
}
