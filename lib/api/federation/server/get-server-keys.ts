import { ownKeys } from '../../../domain/federation/queries/notary.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/key/v2/server';

/** The keys that this server signs with (server-server API, `GET /_matrix/key/v2/server`). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: [`${path}/{keyId}`, ...versions(path)],
  auth: 'none',
  handle: (ctx) => ownKeys(ctx),
});
