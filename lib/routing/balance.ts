import type { TableEndpoint } from './endpoint-table.ts';

/**
 * What requests are worth keeping together, so that one instance's caches serve them. Never needed for correctness:
 * any instance answers any request.
 *
 * - `user`: by the user of the access token (sync)
 * - `room`: by the room id in the path (sending, pagination)
 * - `source`: by the peer's address (inbound transactions of one server)
 * - `any`: round robin
 */
export type BalanceHint = 'user' | 'room' | 'source' | 'any';

/**
 * The hints of the worker page, as written there. Besides those above it knows four that bind a Synapse deployment and
 * that nothing here needs:
 *
 * - `room!`: all of a room's pagination on one instance, because of purges
 * - `uri`: the full URI where the path has no room id
 * - `writer`: to the one process that writes the stream; here the front hands the write over itself
 * - `one`: every single sign-on flow on one process
 * - `host`: media instances share a disk
 */
export type PageHint = BalanceHint | 'room!' | 'uri' | 'writer' | 'one' | 'host';

export const PAGE_HINTS: readonly PageHint[] = [
  'user',
  'room',
  'source',
  'any',
  'room!',
  'uri',
  'writer',
  'one',
  'host',
];

/** Requests worth a group of instances of their own, so that load elsewhere does not slow them (or they others). */
export interface Lane {
  name: 'initial-sync' | 'sign-in';
  why: string;
  /** Is this request one for the lane? */
  takes(endpoint: TableEndpoint, query: URLSearchParams): boolean;
}

const INITIAL_SYNC = new Set(['initialSync', 'roomInitialSync']);

export const LANES: readonly Lane[] = [
  {
    name: 'initial-sync',
    why: 'A first sync reads every room of the account; it must not hold up the incremental syncs of others.',
    takes: (endpoint, query) =>
      endpoint.operations.some((operation) => INITIAL_SYNC.has(operation)) ||
      (endpoint.operations.includes('sync') && !query.has('since')) ||
      (endpoint.operations.includes('slidingSync') && !query.has('pos')),
  },
  {
    name: 'sign-in',
    why: 'Signing in and up must work while everything else is busy.',
    takes: (endpoint) => endpoint.serves === 'login',
  },
];

/** What a gateway knows about a request when it picks an instance. */
export interface BalanceInput {
  /** Decoded path parameters of the match. */
  params: Readonly<Record<string, string>>;
  /** The access token or, better, its user: anything equal for equal users. */
  user?: string | undefined;
  /** Address of the peer. */
  ip: string;
}

/**
 * The key to hash for picking an instance, or undefined for round robin (also when the request lacks what the hint
 * asks for).
 */
export function balanceKey(endpoint: TableEndpoint, input: BalanceInput): string | undefined {
  switch (endpoint.balance) {
    case 'user':
      return input.user;
    case 'room':
      return input.params['roomId'];
    case 'source':
      return input.ip;
    case 'any':
      return undefined;
  }
}
