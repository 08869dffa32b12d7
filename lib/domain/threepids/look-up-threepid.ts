import { createHash } from 'node:crypto';
import { isUserId } from '../../spec/ids.ts';
import { isJsonObject } from '../../spec/json.ts';
import type { Context } from '../context.ts';
import { accepted, askIdentityServer } from './identity-server.ts';

/** An identifier, and the identity server that may know whose it is. */
export interface ThreepidAddress {
  medium: string;
  address: string;
  idServer: string;
  /** The inviter's access token there. */
  token: string;
}

/**
 * Whose an identifier is, as an identity server says (identity service API, "Association lookup"); undefined when it
 * does not know.
 * @throws MatrixError what the identity server refused with; 502
 */
export async function lookUpThreepid(ctx: Context, threepid: ThreepidAddress): Promise<string | undefined> {
  const { medium, address, idServer, token } = threepid;
  const details = accepted(
    await askIdentityServer(ctx, idServer, { method: 'GET', path: '/_matrix/identity/v2/hash_details', token }),
  );
  const { lookup_pepper: pepper, algorithms } = details;
  if (typeof pepper !== 'string' || !Array.isArray(algorithms)) return undefined;
  const hashes = algorithms.includes('sha256');
  if (!hashes && !algorithms.includes('none')) return undefined;
  const name = hashes
    ? createHash('sha256').update(`${address} ${medium} ${pepper}`).digest('base64url')
    : `${address} ${medium}`;
  const { mappings } = accepted(
    await askIdentityServer(ctx, idServer, {
      method: 'POST',
      path: '/_matrix/identity/v2/lookup',
      body: { addresses: [name], algorithm: hashes ? 'sha256' : 'none', pepper },
      token,
    }),
  );
  const userId = isJsonObject(mappings) ? mappings[name] : undefined;
  return typeof userId === 'string' && isUserId(userId) ? userId : undefined;
}
