import {
  type OutboundHttp,
  OutboundHttpError,
  type OutboundRequest,
  type OutboundStream,
} from '../../platform/outbound-http.ts';
import { isServerName } from '../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import type { EventSigner } from '../rooms/room-actor.ts';
import type { Destinations } from './destinations.ts';
import type { Discovery } from './discovery.ts';
import { FederationError } from './federation-error.ts';
import { authorizationOf } from './request-signature.ts';
import type { ReachOptions } from './well-known.ts';

/** A request to another server. */
export interface FederationRequest {
  method?: 'GET' | 'PUT' | 'POST';
  /** Path and query, percent-encoded (`federationPath`, `withQuery`). */
  path: string;
  content?: JsonObject;
  /** For the whole answer; 30 seconds unless told. */
  timeoutMs?: number;
  /** 10 MiB unless told. */
  maxBytes?: number;
  /** Try although the server was not reached lately. */
  evenIfFailing?: boolean;
  /** Anything but success means that the server is not doing well: it is left alone for a while. */
  isDelivery?: boolean;
  /** False for what is asked without a signature: keys. */
  sign?: boolean;
  signal?: AbortSignal;
}

/** What {@link FederationClient} works with. */
export interface FederationClientOptions {
  http: OutboundHttp;
  signer: EventSigner;
  discovery: Discovery;
  destinations: Destinations;
  reach: ReachOptions;
  /** False where this server talks to no other. */
  enabled: boolean;
}

const TIMEOUT_MS = 30_000;
const MOST_BYTES = 10 * 1024 * 1024;
const MOST_ERROR_BYTES = 64 * 1024;

/** Signed requests to other servers (server-server API, "Authentication"). */
export class FederationClient {
  readonly #options: FederationClientOptions;

  constructor(options: FederationClientOptions) {
    this.#options = options;
  }

  /**
   * Asks a server and reads the JSON object that it answers with.
   * @throws FederationError when it can't be reached, answers with another status than 200, or with something else.
   */
  async json(destination: string, request: FederationRequest): Promise<JsonObject> {
    const value = await this.#value(destination, request);
    if (!isJsonObject(value)) throw new FederationError(destination, `${destination} answered with no JSON object`);
    return value;
  }

  /** As {@link json}, for the old endpoints that answer with an array. */
  async array(destination: string, request: FederationRequest): Promise<unknown[]> {
    const value = await this.#value(destination, request);
    if (!Array.isArray(value)) throw new FederationError(destination, `${destination} answered with no JSON array`);
    return value;
  }

  /** As {@link json}, but hands over the body of a 200 as it comes. It must be read or cancelled. */
  async stream(destination: string, request: FederationRequest): Promise<OutboundStream> {
    const { destinations, signer, enabled } = this.#options;
    if (!enabled) throw new FederationError(destination, 'this server does not talk to others');
    // Numbers are host names by the grammar, and no addresses that a URL can hold.
    if (!isServerName(destination) || !URL.canParse(`https://${destination}/`))
      throw new FederationError(destination, 'that is not the name of a server');
    if (destination === signer.serverName) throw new FederationError(destination, 'that is this server itself');
    if (!request.evenIfFailing && (await destinations.pauseFor(destination)) > 0) {
      throw new FederationError(destination, `${destination} was not reached lately and is left alone for a while`);
    }
    const response = await this.#send(destination, request);
    if (response.status === 200) {
      await destinations.reached(destination);
      return response;
    }
    throw await this.#failureOf(destination, request, response);
  }

  async #value(destination: string, request: FederationRequest): Promise<unknown> {
    const response = await this.stream(destination, request);
    try {
      return JSON.parse(await textOf(response));
    } catch (error) {
      throw new FederationError(destination, `${destination} sent an answer that can't be read`, { cause: error });
    }
  }

  async #send(destination: string, request: FederationRequest): Promise<OutboundStream> {
    const { discovery, http, destinations } = this.#options;
    const address = await discovery.locate(destination);
    const { url, outbound } = this.#outbound(destination, address.baseUrl, request);
    let failure: unknown;
    for (const connectTo of address.targets) {
      // An idle connection may have been closed at the other end just now, so a failure is tried once more.
      for (const attempt of [1, 2]) {
        try {
          return await http.stream(url, { ...outbound, connectTo });
        } catch (error) {
          failure = error;
          if (!(error instanceof OutboundHttpError)) throw error;
          if (error.reason === 'aborted') throw unreached(destination, error);
          if (attempt === 1 && isDropped(error)) continue;
          break;
        }
      }
    }
    discovery.forget(destination);
    await destinations.failed(destination);
    throw unreached(destination, failure);
  }

  #outbound(
    destination: string,
    baseUrl: string,
    request: FederationRequest,
  ): { url: string; outbound: OutboundRequest } {
    const { reach, signer } = this.#options;
    const { method = 'GET', content, sign = true } = request;
    const url = new URL(request.path, baseUrl);
    // What is signed is what is sent: the path as the client will write it.
    const uri = url.pathname + url.search;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (content !== undefined) headers['content-type'] = 'application/json';
    if (sign) headers['authorization'] = authorizationOf(signer, { method, uri, destination, content });
    return {
      url: url.href,
      outbound: {
        ...reach,
        method,
        headers,
        timeoutMs: request.timeoutMs ?? TIMEOUT_MS,
        maxBytes: request.maxBytes ?? MOST_BYTES,
        purpose: 'federation',
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
        ...(request.signal ? { signal: request.signal } : {}),
      },
    };
  }

  async #failureOf(
    destination: string,
    request: FederationRequest,
    response: OutboundStream,
  ): Promise<FederationError> {
    const { status } = response;
    let body: JsonObject | undefined;
    try {
      const value: unknown = JSON.parse(await textOf(response, MOST_ERROR_BYTES));
      if (isJsonObject(value)) body = value;
    } catch {
      // An error without words.
    }
    // Something in front of the server answers where it does not.
    const isBroken = status >= 500 && body?.['errcode'] === undefined;
    if (isBroken || request.isDelivery) await this.#options.destinations.failed(destination);
    else await this.#options.destinations.reached(destination);
    const said = typeof body?.['error'] === 'string' ? `: ${body['error']}` : '';
    return new FederationError(destination, `${destination} answered with status ${status}${said}`, {
      status,
      ...(body ? { body } : {}),
    });
  }
}

function isDropped({ reason, cause }: OutboundHttpError): boolean {
  const { code } = (cause ?? {}) as { code?: string };
  return reason === 'unreachable' && (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE');
}

function unreached(destination: string, cause: unknown): FederationError {
  const { reason } = cause as OutboundHttpError;
  return new FederationError(destination, `${destination} could not be reached (${reason})`, { cause });
}

async function textOf(response: OutboundStream, mostBytes = Number.POSITIVE_INFINITY): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > mostBytes) break;
    chunks.push(chunk);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
}
