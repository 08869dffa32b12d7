import { LRUCache } from 'lru-cache';
import type { Cache } from '../../platform/cache.ts';
import type { OutboundHttp } from '../../platform/outbound-http.ts';
import { FEDERATION_PORT, literalAddress, type ServerAddress } from './server-address.ts';
import { orderSrv, type SrvLookup, systemSrvLookup } from './srv-records.ts';
import { fetchWellKnown, type ReachOptions } from './well-known.ts';

/** What {@link Discovery} works with. */
export interface DiscoveryOptions {
  http: OutboundHttp;
  /** Shared among processes. */
  cache: Cache;
  reach: ReachOptions;
  lookupSrv?: SrvLookup;
}

const MOST_ADDRESSES = 10_000;
/** Records may move; names are looked up again after so long. */
const ADDRESS_TTL_MS = 5 * 60_000;

/** Finds where servers are (server-server API, "Resolving server names"). */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #lookupSrv: SrvLookup;
  readonly #addresses = new LRUCache<string, Promise<ServerAddress>>({ max: MOST_ADDRESSES, ttl: ADDRESS_TTL_MS });

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#lookupSrv = options.lookupSrv ?? systemSrvLookup();
  }

  /** Where requests for a server go. `serverName` must be valid. Never fails: what can't be reached shows later. */
  async locate(serverName: string): Promise<ServerAddress> {
    const literal = literalAddress(serverName);
    if (literal) return literal;
    const known = this.#addresses.get(serverName);
    if (known) return known;
    const found = this.#find(serverName);
    this.#addresses.set(serverName, found);
    found.catch(() => this.#addresses.delete(serverName));
    return found;
  }

  /** Forgets where a server was: it could not be reached there. */
  forget(serverName: string): void {
    this.#addresses.delete(serverName);
  }

  async #find(serverName: string): Promise<ServerAddress> {
    const delegated = await this.#delegatedName(serverName);
    return (
      (delegated === undefined ? undefined : literalAddress(delegated)) ?? this.#byRecords(delegated ?? serverName)
    );
  }

  async #byRecords(name: string): Promise<ServerAddress> {
    const baseUrl = `https://${name}`;
    // The second name is what servers used before the port was registered.
    for (const service of [`_matrix-fed._tcp.${name}`, `_matrix._tcp.${name}`]) {
      const records = orderSrv(await this.#lookupSrv(service));
      const targets = records.map((record) => ({ host: record.name.replace(/\.$/, ''), port: record.port }));
      if (targets.length > 0) return { baseUrl, targets };
    }
    return { baseUrl, targets: [{ host: name, port: FEDERATION_PORT }] };
  }

  async #delegatedName(serverName: string): Promise<string | undefined> {
    const { http, cache, reach } = this.#options;
    const key = `well-known:${serverName}`;
    const cached = await cache.get(key);
    if (cached !== undefined) return cached === '' ? undefined : cached;
    const { delegated, ttlMs } = await fetchWellKnown(http, serverName, reach);
    await cache.set(key, delegated ?? '', ttlMs);
    return delegated;
  }
}
