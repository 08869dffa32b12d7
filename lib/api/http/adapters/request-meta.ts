import { createHash, timingSafeEqual } from 'node:crypto';

/** What an adapter knows of a request beyond the web-standard {@link Request}. */
export interface RequestMeta {
  /**
   * Path and query as the client sent them, byte for byte where the adapter can know: signatures of other servers cover
   * it. `request.url` is no substitute, it is normalised (`/../`, `%2e`, backslashes).
   */
  rawUri: string;
  /** Address of the client, without a port. */
  ip: string;
  requestId: string;
}

/** What adapters serve: an HTTP application. */
export interface HttpApp {
  fetch(request: Request, meta: RequestMeta): Promise<Response>;
}

/** The edge (a CloudFront function) puts the raw request URI here, */
export const RAW_URI_HEADER = 'x-myelin-raw-uri';
/** and proves with this shared secret that it was the edge. */
export const EDGE_SECRET_HEADER = 'x-myelin-edge-secret';
/** Address and port of the client as the edge saw it; believed together with the secret. */
export const VIEWER_HEADER = 'x-myelin-viewer-address';

/**
 * Takes the edge's headers off a request, so that no handler sees them, and returns what they say: nothing, unless the
 * secret is configured and equal.
 */
export function takeEdgeHeaders(
  headers: Headers,
  edgeSecret: string | undefined,
): Partial<Pick<RequestMeta, 'rawUri' | 'ip'>> {
  const given = headers.get(EDGE_SECRET_HEADER);
  const rawUri = headers.get(RAW_URI_HEADER);
  const viewer = headers.get(VIEWER_HEADER);
  for (const name of [EDGE_SECRET_HEADER, RAW_URI_HEADER, VIEWER_HEADER]) headers.delete(name);
  if (!edgeSecret || given === null || !sameSecret(given, edgeSecret)) return {};
  return {
    ...(rawUri !== null && isRequestTarget(rawUri) ? { rawUri } : {}),
    ...(viewer ? { ip: withoutPort(viewer) } : {}),
  };
}

/** Constant-time: hashing first makes lengths equal. */
function sameSecret(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(left!, right!);
}

/** Origin form: a slash, then no space and no control character. */
function isRequestTarget(text: string): boolean {
  return /^\/[\x21-\x7e]*$/.test(text);
}

function withoutPort(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** A URL for the web-standard request; nothing but the origin and the query may be read from it. */
export function requestUrl(scheme: 'http' | 'https', host: string | undefined, rawUri: string): string {
  return `${scheme}://${host && HOST.test(host) ? host : 'localhost'}${rawUri}`;
}
