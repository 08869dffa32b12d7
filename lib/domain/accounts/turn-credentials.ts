import { createHmac } from 'node:crypto';
import type { Context } from '../context.ts';
import type { Requester } from './requester.ts';

/** What `GET /voip/turnServer` answers. */
export interface TurnCredentials {
  username: string;
  password: string;
  uris: string[];
  /** Seconds. */
  ttl: number;
}

/** Credentials for the TURN servers; undefined when there are none, or none for guests. */
export function turnCredentials(ctx: Context, requester: Requester): TurnCredentials | undefined {
  const { uris, sharedSecret, username, password, lifetimeMs, allowGuests } = ctx.config.turn;
  if (uris.length === 0 || (requester.isGuest && !allowGuests)) return undefined;
  const ttl = Math.floor(lifetimeMs / 1_000);
  if (sharedSecret !== undefined) {
    // The form that TURN servers call "REST API": the time of expiry stands in the name.
    const name = `${Math.floor(ctx.clock.now() / 1_000) + ttl}:${requester.userId}`;
    return { username: name, password: createHmac('sha1', sharedSecret).update(name).digest('base64'), uris, ttl };
  }
  return username !== undefined && password !== undefined ? { username, password, uris, ttl } : undefined;
}
