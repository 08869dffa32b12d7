import { isUtf8 } from 'node:buffer';
import { answerTooLarge } from './error-response.ts';
import type { LambdaFlavour } from './lambda-events.ts';

/** What a function returns for an HTTP event; which members are there depends on the caller. */
export interface LambdaResult {
  statusCode: number;
  statusDescription?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  cookies?: string[];
  body: string;
  isBase64Encoded: boolean;
}

/** What a streaming function says before the body. */
export interface StreamPrelude {
  statusCode: number;
  headers: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  cookies?: string[];
}

/** Largest answer of a buffered function, serialised: Lambda's own limit, */
const LAMBDA_LIMIT_BYTES = 6 * 1_048_576;
/** and that of a load balancer. */
const ALB_LIMIT_BYTES = 1_048_576;
/** What JSON can make of one byte: a control character becomes a six-byte escape. */
const WORST_GROWTH = 6;

/**
 * Turns a response into a function's result. An answer that is too large to leave the function becomes a 413
 * `M_TOO_LARGE` that says so; its body is read no further than the limit.
 */
export async function toLambdaResult(
  response: Response,
  flavour: LambdaFlavour,
  method: string,
): Promise<LambdaResult> {
  const limit = flavour === 'alb' || flavour === 'alb-multi' ? ALB_LIMIT_BYTES : LAMBDA_LIMIT_BYTES;
  const body = method === 'HEAD' ? Buffer.alloc(0) : await readUpTo(response, limit);
  const result = body && resultOf(response, body, flavour);
  if (!result || exceeds(result, body.length, limit)) return toLambdaResult(answerTooLarge(limit), flavour, method);
  return result;
}

/** Head of a streamed response. */
export function toStreamPrelude(response: Response, flavour: LambdaFlavour): StreamPrelude {
  const cookies = response.headers.getSetCookie();
  const headers = singleHeaders(response.headers);
  if (cookies.length === 0) return { statusCode: response.status, headers };
  if (flavour === 'rest') return { statusCode: response.status, headers, multiValueHeaders: { 'set-cookie': cookies } };
  return { statusCode: response.status, headers, cookies };
}

function resultOf(response: Response, body: Buffer, flavour: LambdaFlavour): LambdaResult {
  const text = isText(response.headers, body);
  const rest = { body: body.toString(text ? 'utf8' : 'base64'), isBase64Encoded: !text && body.length > 0 };
  const statusCode = response.status;
  const cookies = response.headers.getSetCookie();
  switch (flavour) {
    case 'rest':
      return { statusCode, multiValueHeaders: listHeaders(response.headers), ...rest };
    case 'http':
    case 'function-url':
      return {
        statusCode,
        headers: singleHeaders(response.headers),
        ...(cookies.length > 0 ? { cookies } : {}),
        ...rest,
      };
    case 'alb': {
      // One value per name: of several cookies the last one survives. Groups that need more are multi-value.
      const last = cookies.at(-1);
      const headers = { ...singleHeaders(response.headers), ...(last === undefined ? {} : { 'set-cookie': last }) };
      return { statusCode, statusDescription: describe(response), headers, ...rest };
    }
    case 'alb-multi':
      return {
        statusCode,
        statusDescription: describe(response),
        multiValueHeaders: listHeaders(response.headers),
        ...rest,
      };
  }
}

function describe(response: Response): string {
  return `${response.status} ${response.statusText || 'Status'}`;
}

function exceeds(result: LambdaResult, bodyBytes: number, limit: number): boolean {
  if (bodyBytes * WORST_GROWTH < limit / 2) return false;
  return Buffer.byteLength(JSON.stringify(result)) > limit;
}

async function readUpTo(response: Response, limit: number): Promise<Buffer | undefined> {
  if (!response.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    length += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const TEXT = /^(?:text\/|application\/(?:json|xml|javascript|x-www-form-urlencoded)|[^;]*\+(?:json|xml))/i;

function isText(headers: Headers, body: Buffer): boolean {
  const encoding = headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') return false;
  return body.length === 0 || (TEXT.test(headers.get('content-type') ?? '') && isUtf8(body));
}

function singleHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name !== 'set-cookie'));
}

function listHeaders(headers: Headers): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    lists[name] ??= [];
    lists[name].push(value);
  }
  return lists;
}
