import type { Config } from '../../config/config.ts';
import type { Bus } from '../../platform/bus.ts';
import type { Cache } from '../../platform/cache.ts';
import type { Clock } from '../../platform/clock.ts';
import type { OutboundHttp } from '../../platform/outbound-http.ts';
import type { Database } from '../../storage/database.ts';
import type { EventSigner } from '../rooms/room-actor.ts';
import { FederationClient } from './client.ts';
import { Destinations } from './destinations.ts';
import { Discovery } from './discovery.ts';
import { hintSenders } from './sender/hints.ts';
import { ServerKeys } from './server-keys.ts';
import type { ReachOptions } from './well-known.ts';

/** What a process needs to talk to other servers. */
export interface Federation {
  discovery: Discovery;
  destinations: Destinations;
  client: FederationClient;
  keys: ServerKeys;
}

/** Puts together what talks to other servers. */
export function createFederation(parts: {
  config: Config;
  http: OutboundHttp;
  cache: Cache;
  clock: Clock;
  db: Database;
  signer: EventSigner;
  bus: Bus;
}): Federation {
  const { config, http, cache, clock, db, signer, bus } = parts;
  const { caFiles, allowPrivateAddresses, enabled, trustedKeyServers } = config.federation;
  const reach: ReachOptions = { caFiles, allowPrivateAddresses };
  const discovery = new Discovery({ http, cache, reach });
  const destinations = new Destinations(db, clock, (destination) => hintSenders(bus, [destination], true));
  const client = new FederationClient({ http, signer, discovery, destinations, reach, enabled });
  const keys = new ServerKeys({ db, clock, signer, client, notaries: trustedKeyServers });
  return { discovery, destinations, client, keys };
}
