import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../lib/spec/json.ts';
import { generateSigningKey, type SigningKey, signJson } from '../../lib/spec/signing.ts';
import { CERTIFICATE, KEY } from '../adapters/self-signed.ts';

/** An identity server on this machine, as far as invites need one. */
export interface TestIdentityServer {
  name: string;
  /** Whose an e-mail address is. */
  bindings: Map<string, string>;
  /** Bodies of the invites that were stored. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  stored: any[];
  /** Whether it says that its key is valid. */
  valid: boolean;
  sign(object: JsonObject): JsonObject;
  close(): Promise<void>;
}

/** Starts an identity server that looks addresses up in plain text and wants the token `token`. */
export async function testIdentityServer(): Promise<TestIdentityServer> {
  const key: SigningKey = generateSigningKey('0');
  const server = createServer({ cert: CERTIFICATE, key: KEY }, (request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'https://x');
      const body = text === '' ? {} : JSON.parse(text);
      const open = pathname.endsWith('/isvalid');
      const known = open || request.headers.authorization === 'Bearer token';
      response.writeHead(known ? 200 : 403, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(known ? answer(pathname, searchParams, body) : { errcode: 'M_UNAUTHORIZED', error: 'no' }),
      );
    });
  });
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
  function answer(path: string, query: URLSearchParams, body: any): unknown {
    switch (path.replace('/_matrix/identity/v2/', '')) {
      case 'hash_details':
        return { lookup_pepper: 'pepper', algorithms: ['none'] };
      case 'lookup': {
        const [name] = body.addresses;
        const userId = identity.bindings.get(name.split(' ')[0]);
        return { mappings: userId ? { [name]: userId } : {} };
      }
      case 'store-invite': {
        identity.stored.push(body);
        const key_validity_url = `https://${identity.name}/_matrix/identity/v2/pubkey/isvalid`;
        return {
          token: `token${identity.stored.length}`,
          display_name: 'C...',
          public_keys: [{ public_key: key.publicKey, key_validity_url }],
        };
      }
      default:
        return { valid: identity.valid && query.get('public_key') === key.publicKey };
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const name = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const identity: TestIdentityServer = {
    name,
    bindings: new Map(),
    stored: [],
    valid: true,
    sign: (object) => signJson(object, name, key) as unknown as JsonObject,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return identity;
}
