import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

// All that has been given to the public so far; whatever is outside is private, special or not in use.
const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether requests that others cause may go to an address: only public unicast. Refused are loopback, private, link-local
 * (cloud metadata), shared (CGNAT), multicast, unspecified and reserved ones, and IPv6 addresses that carry an IPv4
 * address inside (mapped, NAT64, 6to4, Teredo).
 *
 * @param address in numbers; anything else is refused.
 * @param allow true for every address, or CIDR blocks whose addresses are let through.
 */
export function isAllowedAddress(address: string, allow: boolean | string[] = false): boolean {
  if (isIP(address) === 0) return false;
  if (allow === true) return true;
  // A zone (`fe80::1%eth0`) only goes with addresses that are refused or named by their block.
  const parsed = ipaddr.parse(address.replace(/%.*$/, ''));
  if (Array.isArray(allow) && allow.some((block) => isInside(parsed, block))) return true;
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_V6);
}

function isInside(address: ipaddr.IPv4 | ipaddr.IPv6, block: string): boolean {
  // What is no block lets nothing through.
  if (!ipaddr.isValidCIDR(block)) return false;
  const [network, bits] = ipaddr.parseCIDR(block);
  return network.kind() === address.kind() && address.match(network, bits);
}
