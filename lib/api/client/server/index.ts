import type { Endpoint } from '../../http/endpoint.ts';
import capabilities from './capabilities.ts';
import health from './health.ts';
import turnServer from './turn-server.ts';
import versions from './versions.ts';
import wellKnownClient from './well-known-client.ts';
import wellKnownServer from './well-known-server.ts';
import wellKnownSupport from './well-known-support.ts';

/** What the server is and can. */
export const endpoints: Endpoint[] = [
  health,
  capabilities,
  turnServer,
  versions,
  wellKnownClient,
  wellKnownServer,
  wellKnownSupport,
];
