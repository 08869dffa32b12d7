import { BlockList, isIP } from 'node:net';

/** Which peers are proxies of ours, and what they say about the client. */
export interface ProxyTrust {
  /** Is this address one of the proxies? */
  trusts(address: string | undefined): boolean;
  /**
   * The client's address. `X-Forwarded-For` is read from its end as long as the addresses are proxies of ours: the first
   * that is not is the client, and what stands before it anyone may have written.
   */
  clientOf(peer: string | undefined, forwardedFor: string | undefined): string;
}

/**
 * @param trustedProxies addresses and networks, e.g. `127.0.0.1`, `10.0.0.0/8`, `::1`
 * @throws Error naming an entry that is neither
 */
export function proxyTrust(trustedProxies: readonly string[]): ProxyTrust {
  const list = new BlockList();
  for (const entry of trustedProxies) add(list, entry);
  const trusts = (address: string | undefined) => {
    const known = plain(address ?? '');
    const family = trustedProxies.length > 0 ? isIP(known) : 0;
    return family !== 0 && list.check(known, family === 6 ? 'ipv6' : 'ipv4');
  };
  return {
    trusts,
    clientOf(peer, forwardedFor) {
      let client = plain(peer ?? '');
      if (!forwardedFor || !trusts(client)) return client;
      const hops = forwardedFor.split(',').map((hop) => plain(hop.trim()));
      while (trusts(client)) {
        const hop = hops.pop();
        if (hop === undefined || isIP(hop) === 0) break;
        client = hop;
      }
      return client;
    },
  };
}

function add(list: BlockList, entry: string): void {
  const [address = '', prefix, more] = entry.split('/');
  const family = isIP(address);
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const bits = Number(prefix);
  if (family === 0 || more !== undefined) throw new Error(`"${entry}" is neither an address nor a network.`);
  if (prefix === undefined) list.addAddress(address, type);
  else if (/^\d+$/.test(prefix) && bits <= (family === 6 ? 128 : 32)) list.addSubnet(address, bits, type);
  else throw new Error(`"${entry}" is no network: the prefix length is wrong.`);
}

/** IPv4 addresses arrive mapped into IPv6 on sockets that listen to both. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
