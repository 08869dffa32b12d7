import { ReadableStream } from 'node:stream/web';
import {
  type OutboundFailure,
  type OutboundHttp,
  OutboundHttpError,
  type OutboundRequest,
  type OutboundResponse,
  type OutboundStream,
} from '../outbound-http.ts';

/** A request that another process makes: JSON all through. */
export interface RelayedRequest extends Omit<OutboundRequest, 'body' | 'signal'> {
  url: string;
  /** Base64. */
  body?: string;
}

/** What came of it. */
export type RelayedAnswer =
  | { status: number; headers: Record<string, string>; url: string /** Base64. */; body: string }
  | { failure: OutboundFailure; message: string };

/** Makes a relayed request with this process's own way out. */
export async function makeRelayed(http: OutboundHttp, relayed: RelayedRequest): Promise<RelayedAnswer> {
  const { url, body, ...request } = relayed;
  try {
    const answer = await http.fetch(url, {
      ...request,
      ...(body === undefined ? {} : { body: Buffer.from(body, 'base64') }),
    });
    return { ...answer, body: Buffer.from(answer.body).toString('base64') };
  } catch (error) {
    if (error instanceof OutboundHttpError) return { failure: error.reason, message: error.message };
    throw error;
  }
}

/**
 * The way out of a process that has none of its own, such as a Lambda in a network without NAT: another process makes the
 * requests, with the same guards. Answers arrive whole.
 */
export class RelayedHttp implements OutboundHttp {
  readonly #relay: (request: RelayedRequest) => Promise<RelayedAnswer>;

  /** @param relay has a request made elsewhere; throws when nobody there can be reached */
  constructor(relay: (request: RelayedRequest) => Promise<RelayedAnswer>) {
    this.#relay = relay;
  }

  async fetch(url: string, request: OutboundRequest): Promise<OutboundResponse> {
    const { signal, body, ...rest } = request;
    if (signal?.aborted) throw aborted();
    const relayed = { ...rest, url, ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }) };
    const answer = await withSignal(this.#relay(relayed), signal).catch((error: Error) => {
      if (error instanceof OutboundHttpError) throw error;
      throw new OutboundHttpError('unreachable', 'the process that makes requests cannot be reached', { cause: error });
    });
    if ('failure' in answer) throw new OutboundHttpError(answer.failure, answer.message);
    return { ...answer, body: Buffer.from(answer.body, 'base64') };
  }

  async stream(url: string, request: OutboundRequest): Promise<OutboundStream> {
    const { body, ...answer } = await this.fetch(url, request);
    return { ...answer, body: ReadableStream.from([body]) };
  }

  async close(): Promise<void> {}
}

function withSignal<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted());
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function aborted(): OutboundHttpError {
  return new OutboundHttpError('aborted', 'the request was given up');
}
