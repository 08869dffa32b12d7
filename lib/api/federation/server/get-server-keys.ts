import { ownKeys } from '../../../domain/federation/queries/notary.ts';
import { canonicalJson } from '../../../spec/canonical-json.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

const path = '/_matrix/key/v2/server';

/** The keys that this server signs with (server-server API, `GET /_matrix/key/v2/server`). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: [`${path}/{keyId}`, ...versions(path)],
  auth: 'none',
  // As it was signed: some check the signature over the bytes that they got.
  handle: async (ctx) => jsonResponse(200, canonicalJson(await ownKeys(ctx))),
});
