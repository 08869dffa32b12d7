import type { ReadableStream } from 'node:stream/web';

/** Settings of one outbound request. */
export interface OutboundRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  /** Time for everything: looking up, connecting, redirects, the last byte. Milliseconds. */
  timeoutMs: number;
  /** Most bytes of a response body. */
  maxBytes: number;
  /** Most redirects to follow; 0 (the default) returns the redirect itself. */
  followRedirects?: number;
  /** Why, in a word, for logs and metrics: `federation`, `url-preview`, `push`, `appservice`, `oidc`… */
  purpose: string;
  /** PEM files with authorities that are trusted beside the well-known ones. */
  caFiles?: string[];
  /** Check the peer's certificate. Default true. */
  verifyTls?: boolean;
  /** Reach addresses inside private networks: all of them, or those in a list of CIDR blocks. */
  allowPrivateAddresses?: boolean | string[];
  /** Connect there although the URL (and so Host header and certificate name) says otherwise: server discovery. */
  connectTo?: { host: string; port: number };
  signal?: AbortSignal;
}

/** A response, its body not read yet. */
export interface OutboundStream {
  status: number;
  /** Lower-case names; repeated ones joined by `, `. */
  headers: Record<string, string>;
  /** Fails with {@link OutboundHttpError} when it grows too large or takes too long. Must be read or cancelled. */
  body: ReadableStream<Uint8Array>;
  /** Where the response came from after redirects. */
  url: string;
}

/** A response whose body was read. */
export interface OutboundResponse extends Omit<OutboundStream, 'body'> {
  body: Uint8Array;
}

/**
 * The one way out for requests to addresses that others choose (design.md §13). A host name is resolved once, every
 * address is checked, and the connection goes to a checked address; so do the redirects.
 */
export interface OutboundHttp {
  /** Requests a URL and reads the response. Any status is an answer. Throws {@link OutboundHttpError}. */
  fetch(url: string, request: OutboundRequest): Promise<OutboundResponse>;

  /** As {@link OutboundHttp.fetch}, but hands over the body as it comes. */
  stream(url: string, request: OutboundRequest): Promise<OutboundStream>;

  close(): Promise<void>;
}

/** Why an outbound request has no answer. */
export type OutboundFailure =
  | 'bad-url'
  | 'forbidden-address'
  | 'unresolvable'
  | 'unreachable'
  | 'tls'
  | 'timeout'
  | 'too-large'
  | 'too-many-redirects'
  | 'aborted';

/** An outbound request failed; the message is a sentence without secrets. */
export class OutboundHttpError extends Error {
  override readonly name = 'OutboundHttpError';
  readonly reason: OutboundFailure;

  constructor(reason: OutboundFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
