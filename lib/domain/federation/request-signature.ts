import { canonicalJson } from '../../spec/canonical-json.ts';
import type { JsonObject } from '../../spec/json.ts';
import { signBytes } from '../../spec/signing.ts';
import type { EventSigner } from '../rooms/room-actor.ts';

/** What a request's signature covers (server-server API, "Request Authentication"). */
export interface SignedRequest {
  method: string;
  /** Path and query as they are sent. */
  uri: string;
  origin: string;
  destination: string;
  content?: JsonObject | undefined;
}

/** The text that is signed for a request. */
export function requestText({ content, ...request }: SignedRequest): string {
  return canonicalJson(content === undefined ? request : { ...request, content }, 'lenient');
}

/** The Authorization header of a request that this server makes. */
export function authorizationOf(signer: EventSigner, request: Omit<SignedRequest, 'origin'>): string {
  const { serverName: origin, key } = signer;
  const signature = signBytes(requestText({ ...request, origin }), key);
  return `X-Matrix origin="${origin}",destination="${request.destination}",key="${key.keyId}",sig="${signature}"`;
}
