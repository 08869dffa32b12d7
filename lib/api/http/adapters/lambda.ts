import { randomUUID } from 'node:crypto';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { malformedRequest, serverFault } from './error-response.ts';
import { flavourOf, type LambdaEvent, type LambdaFlavour, readEvent } from './lambda-events.ts';
import { type LambdaResult, type StreamPrelude, toLambdaResult, toStreamPrelude } from './lambda-results.ts';
import { type HttpApp, type RequestMeta, requestUrl, takeEdgeHeaders } from './request-meta.ts';

/** The part of Lambda's context that is used. */
export interface LambdaContext {
  awsRequestId?: string;
}

export interface LambdaOptions {
  /** Secret of the edge, see {@link takeEdgeHeaders}. */
  edgeSecret?: string;
  /** Told of what the application should have answered itself, and of bodies that broke off. */
  onError?(error: unknown, meta: RequestMeta | undefined): void;
}

/** What an application is made from: made once, at the first request, and again after a failure. */
export type AppSource = HttpApp | (() => Promise<HttpApp>);

/** Lambda's runtime global for streamed responses. */
export interface StreamingRuntime {
  streamifyResponse(
    handler: (event: LambdaEvent, responseStream: Writable, context: LambdaContext) => Promise<void>,
  ): unknown;
  HttpResponseStream: { from(responseStream: Writable, prelude: StreamPrelude): Writable };
}

/**
 * A handler with buffered answers, for API Gateway (REST and HTTP APIs), function URLs and load balancers. Binary
 * answers leave as base64; a REST API must list every type among its binary media types to undo that.
 */
export function lambdaHandler(
  source: AppSource,
  options: LambdaOptions = {},
): (event: LambdaEvent, context?: LambdaContext) => Promise<LambdaResult> {
  const app = once(source);
  return async (event, context = {}) => {
    const flavour = flavourOf(event);
    const { response, method, meta } = await answer(app, event, flavour, context, options);
    try {
      return await toLambdaResult(response, flavour, method);
    } catch (error) {
      options.onError?.(error, meta);
      return toLambdaResult(serverFault(), flavour, method);
    }
  };
}

/**
 * A handler whose answers stream, for function URLs in RESPONSE_STREAM mode and REST APIs with streamed responses:
 * neither the 6 MB limit nor base64 applies.
 * @param runtime Lambda's `awslambda` global
 */
export function streamingLambdaHandler(
  source: AppSource,
  options: LambdaOptions = {},
  runtime: StreamingRuntime = (globalThis as unknown as { awslambda: StreamingRuntime }).awslambda,
): unknown {
  const app = once(source);
  return runtime.streamifyResponse(async (event, responseStream, context) => {
    const flavour = flavourOf(event);
    const { response, method, meta } = await answer(app, event, flavour, context, options);
    const out = runtime.HttpResponseStream.from(responseStream, toStreamPrelude(response, flavour));
    // The runtime sends the prelude with the first write, be it empty.
    out.write('');
    if (!response.body || method === 'HEAD') {
      out.end();
      return;
    }
    try {
      await pipeline(Readable.fromWeb(response.body), out);
    } catch (error) {
      // The status is out already; destroying the stream tells the caller that the body is not whole.
      options.onError?.(error, meta);
    }
  });
}

interface Answer {
  response: Response;
  method: string;
  meta: RequestMeta | undefined;
}

async function answer(
  app: () => Promise<HttpApp>,
  event: LambdaEvent,
  flavour: LambdaFlavour,
  context: LambdaContext,
  options: LambdaOptions,
): Promise<Answer> {
  let method = 'GET';
  let meta: RequestMeta | undefined;
  let request: Request;
  try {
    ({ request, meta, method } = toRequest(event, flavour, context, options));
  } catch (error) {
    options.onError?.(error, meta);
    return { response: malformedRequest(), method, meta };
  }
  try {
    return { response: await (await app()).fetch(request, meta), method, meta };
  } catch (error) {
    options.onError?.(error, meta);
    return { response: serverFault(), method, meta };
  }
}

/** @throws TypeError for a method or header that HTTP does not allow */
function toRequest(
  event: LambdaEvent,
  flavour: LambdaFlavour,
  context: LambdaContext,
  options: LambdaOptions,
): { request: Request; meta: RequestMeta; method: string } {
  const read = readEvent(event, flavour);
  const headers = new Headers();
  // Headers are bytes; events carry them as text.
  for (const [name, value] of read.headers) headers.append(name, Buffer.from(value, 'utf8').toString('latin1'));
  const edge = takeEdgeHeaders(headers, options.edgeSecret);
  const meta: RequestMeta = {
    rawUri: edge.rawUri ?? read.rawUri,
    ip: edge.ip ?? read.ip ?? '',
    requestId: read.requestId ?? context.awsRequestId ?? randomUUID(),
  };
  const scheme = headers.get('x-forwarded-proto') === 'http' ? 'http' : 'https';
  const hasBody = read.body !== undefined && read.method !== 'GET' && read.method !== 'HEAD';
  const request = new Request(requestUrl(scheme, headers.get('host') ?? read.host, meta.rawUri), {
    method: read.method,
    headers,
    ...(hasBody ? { body: read.body } : {}),
  });
  return { request, meta, method: read.method };
}

function once(source: AppSource): () => Promise<HttpApp> {
  if (typeof source !== 'function') return async () => source;
  let made: Promise<HttpApp> | undefined;
  return () => {
    made ??= source().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
