import type { RestEvent } from './lambda-events.ts';
import type { LambdaResult } from './lambda-results.ts';

/** A request as it came over the wire. */
export interface WireRequest {
  method: string;
  rawUri: string;
  headers: readonly (readonly [name: string, value: string])[];
  body?: Uint8Array | undefined;
  ip: string;
  requestId: string;
}

/** Where an emulated API Gateway pretends to stand. */
export interface RestStage {
  stage: string;
  domainName: string;
}

/**
 * The event that an API Gateway REST API (binary media types: all) makes of a request: path as sent behind the stage,
 * query decoded into maps, body in base64. The local gateway hands these to the Lambda units.
 */
export function toRestEvent(request: WireRequest, { stage, domainName }: RestStage): RestEvent {
  const cut = request.rawUri.indexOf('?');
  const path = cut < 0 ? request.rawUri : request.rawUri.slice(0, cut);
  // API Gateway decodes as forms are decoded: a plus is a space.
  const query = cut < 0 ? [] : [...new URLSearchParams(request.rawUri.slice(cut + 1))];
  return {
    httpMethod: request.method,
    path,
    headers: lasts(request.headers),
    multiValueHeaders: lists(request.headers),
    queryStringParameters: query.length > 0 ? lasts(query) : null,
    multiValueQueryStringParameters: query.length > 0 ? lists(query) : null,
    requestContext: {
      path: `/${stage}${path}`,
      stage,
      requestId: request.requestId,
      identity: { sourceIp: request.ip },
      domainName,
    },
    body: request.body && request.body.length > 0 ? Buffer.from(request.body).toString('base64') : null,
    isBase64Encoded: Boolean(request.body && request.body.length > 0),
  };
}

/** What API Gateway answers for a function's result. */
export function fromLambdaResult(result: LambdaResult): Response {
  const headers = new Headers(result.headers);
  for (const [name, values] of Object.entries(result.multiValueHeaders ?? {})) {
    headers.delete(name);
    for (const value of values) headers.append(name, value);
  }
  for (const cookie of result.cookies ?? []) headers.append('set-cookie', cookie);
  const body = Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8');
  const bodiless = body.length === 0 || result.statusCode === 204 || result.statusCode === 304;
  return new Response(bodiless ? null : body, { status: result.statusCode, headers });
}

function lists(pairs: Iterable<readonly [string, string]>): Record<string, string[]> {
  const map: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs) {
    map[name] ??= [];
    map[name].push(value);
  }
  return map;
}

function lasts(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  const map: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs) map[name] = value;
  return map;
}
