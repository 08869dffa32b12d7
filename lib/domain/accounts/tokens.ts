import { hash } from 'node:crypto';
import { randomString } from '../../spec/random.ts';

/** What a token is for; it starts with that, so that a leaked one can be recognised. */
export type TokenKind = 'access' | 'refresh' | 'login';

const PREFIXES: Record<TokenKind, string> = { access: 'mya_', refresh: 'myr_', login: 'myl_' };
const RANDOM_CHARACTERS = 40;

/** A new token of 238 random bits. */
export function newToken(kind: TokenKind): string {
  return PREFIXES[kind] + randomString(RANDOM_CHARACTERS);
}

/** What is stored in a token's place. The token is random, so a plain SHA-256 says nothing about it. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** {@link hashToken} as a key of maps. */
export function tokenKey(token: string): string {
  return hash('sha256', token, 'base64url');
}
