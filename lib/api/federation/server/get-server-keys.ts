import { signJson } from '../../../spec/signing.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/key/v2/server';
const VALID_FOR_MS = 24 * 3_600_000;

/** The keys that this server signs with (server-server API, `GET /_matrix/key/v2/server`). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: [`${path}/{keyId}`, ...versions(path)],
  auth: 'none',
  handle(ctx) {
    const { key, serverName } = ctx.signer;
    const keys = {
      server_name: serverName,
      verify_keys: { [key.keyId]: { key: key.publicKey } },
      old_verify_keys: {},
      valid_until_ts: ctx.clock.now() + VALID_FOR_MS,
    };
    return signJson(keys, serverName, key);
  },
});
