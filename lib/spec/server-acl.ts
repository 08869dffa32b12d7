import type { JsonObject } from './json.ts';

/** Patterns beyond these bounds deny nothing and allow nothing: an event of 64 KiB must not cost seconds. */
const MOST_PATTERNS = 5_000;
const LONGEST_PATTERN = 512;

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/**
 * Whether the content of an `m.room.server_acl` lets a server take part in the room (client-server API, server access
 * control lists). The port of the server's name does not count; a list that allows nobody allows nobody.
 */
export function isAllowedByAcl(content: JsonObject, serverName: string): boolean {
  const host = serverName.replace(/:\d+$/, '').toLowerCase();
  const isLiteral = host.startsWith('[') || IPV4.test(host);
  if (isLiteral && content['allow_ip_literals'] === false) return false;
  if (matchesAny(content['deny'], host)) return false;
  return matchesAny(content['allow'], host);
}

function matchesAny(patterns: unknown, host: string): boolean {
  if (!Array.isArray(patterns)) return false;
  return patterns
    .slice(0, MOST_PATTERNS)
    .some((pattern) => typeof pattern === 'string' && pattern.length <= LONGEST_PATTERN && matches(pattern, host));
}

/** `*` stands for any characters, `?` for one. Linear in the length of the name for each star. */
function matches(given: string, host: string): boolean {
  const pattern = given.toLowerCase();
  let p = 0;
  let star = -1;
  let from = 0;
  for (let h = 0; h < host.length; ) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      from = h;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === host[h])) {
      p++;
      h++;
    } else if (star >= 0) {
      p = star + 1;
      h = ++from;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
