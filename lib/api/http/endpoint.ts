import type { ZodType, z } from 'zod';
import type { Requester } from '../../domain/accounts/requester.ts';
import type { Context } from '../../domain/context.ts';
import type { RateLimitKind } from '../../domain/rate-limits.ts';
import type { JsonObject } from '../../spec/json.ts';

export type { Requester } from '../../domain/accounts/requester.ts';

/**
 * What a request must bring. `user`: an access token, no guest. `guest`: an access token, guests too. `optional`: a
 * token is looked at when there is one. `admin`: the token of a server administrator. `federation`: a server's signature.
 */
export type Auth = 'user' | 'guest' | 'optional' | 'none' | 'admin' | 'federation';

type RequesterOf<A extends Auth> = A extends 'user' | 'guest' | 'admin'
  ? Requester
  : A extends 'optional'
    ? Requester | undefined
    : undefined;

/** A request as a handler sees it: parsed, authenticated, bounded. */
export interface EndpointRequest<A extends Auth = Auth, Body = unknown, Query = unknown> {
  request: Request;
  /** The request URI as the client sent it: path and query, nothing decoded. */
  rawUri: string;
  /** Path parameters, percent-decoded. */
  params: Record<string, string>;
  /** Query parameters by the endpoint's schema. */
  query: Query;
  searchParams: URLSearchParams;
  /** The JSON body by the endpoint's schema; undefined without one. */
  body: Body;
  requester: RequesterOf<A>;
  /** Name of the server that signed the request; federation endpoints only. */
  origin: A extends 'federation' ? string : undefined;
  ip: string;
  userAgent: string;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

/** An endpoint: what a route of the spec is served by. One file each. */
export interface Endpoint {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Template as in the spec: `/_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}`. */
  path: string;
  /** Further whole templates, see {@link versions}. */
  aliases: string[];
  auth: Auth;
  rateLimit?: RateLimitKind;
  bodySchema?: ZodType;
  /** An absent or empty body counts as `{}`. */
  bodyOptional: boolean;
  /** Largest body in bytes; the configuration's `limits.maxBodyBytes` when absent. */
  maxBodyBytes?: number;
  querySchema?: ZodType;
  /** Users whose account is locked may call it (logout); suspended ones too where {@link allowSuspended}. */
  allowLocked: boolean;
  allowSuspended: boolean;
  /** In no specification and so not in the routing table: the fallback unit answers it. */
  unlisted: boolean;
  handle(ctx: Context, req: EndpointRequest): Promise<JsonObject | Response> | JsonObject | Response;
}

/** What {@link defineEndpoint} takes. */
export interface EndpointDefinition<A extends Auth, B extends ZodType, Q extends ZodType> {
  method: Endpoint['method'];
  path: string;
  aliases?: string[];
  auth: A;
  rateLimit?: RateLimitKind;
  /** Schema of the JSON body. Without one the body is not read, and the handler may stream it from `request`. */
  body?: B;
  bodyOptional?: boolean;
  maxBodyBytes?: number;
  query?: Q;
  allowLocked?: boolean;
  allowSuspended?: boolean;
  unlisted?: boolean;
  /** Returns the JSON answer (200), or a whole response. Throws {@link MatrixError} for the rest. */
  handle(
    ctx: Context,
    req: EndpointRequest<A, z.output<B>, z.output<Q>>,
  ): Promise<object | Response> | object | Response;
}

/** Declares an endpoint. The default export of every file in `lib/api/<unit>/<module>/`. */
export function defineEndpoint<A extends Auth, B extends ZodType = ZodType, Q extends ZodType = ZodType>(
  definition: EndpointDefinition<A, B, Q>,
): Endpoint {
  return {
    method: definition.method,
    path: definition.path,
    aliases: definition.aliases ?? [],
    auth: definition.auth,
    rateLimit: definition.rateLimit,
    bodySchema: definition.body,
    bodyOptional: definition.bodyOptional ?? false,
    maxBodyBytes: definition.maxBodyBytes,
    querySchema: definition.query,
    allowLocked: definition.allowLocked ?? false,
    allowSuspended: definition.allowSuspended ?? true,
    unlisted: definition.unlisted ?? false,
    handle: definition.handle as unknown as Endpoint['handle'],
  } as Endpoint;
}

/** The path under other version prefixes: `versions('/_matrix/client/v3/sync', 'r0')` → `['/_matrix/client/r0/sync']`. */
export function versions(path: string, ...others: string[]): string[] {
  return others.map((version) => path.replace(/^(\/_matrix\/(?:client|media|federation)\/)[^/]+\//, `$1${version}/`));
}
