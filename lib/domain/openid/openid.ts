import { createHash } from 'node:crypto';
import { randomString } from '../../spec/ids.ts';
import { getOpenIdUser, insertOpenIdToken } from '../../storage/openid/openid-tokens.ts';
import type { Context } from '../context.ts';

const LIFETIME_MS = 3_600_000;

/** A token by which a third party can learn who a user is (client-server API, OpenID). */
export async function requestOpenIdToken(ctx: Context, userId: string) {
  const token = randomString(32);
  const now = ctx.clock.now();
  await insertOpenIdToken(ctx.db, { hash: hashOf(token), userId, expiresTs: now + LIFETIME_MS, now });
  return {
    access_token: token,
    token_type: 'Bearer',
    matrix_server_name: ctx.serverName,
    expires_in: LIFETIME_MS / 1_000,
  };
}

/** The user who requested a token; undefined when it is unknown or has expired. */
export async function openIdUser(ctx: Context, token: string): Promise<string | undefined> {
  return getOpenIdUser(ctx.db, hashOf(token), ctx.clock.now());
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
