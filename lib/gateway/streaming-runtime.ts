import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { StreamingRuntime } from '../api/http/adapters/lambda.ts';
import type { StreamPrelude } from '../api/http/adapters/lambda-results.ts';

/** Between the prelude of a streamed answer and its body. */
const DELIMITER = Buffer.alloc(8);
/** Longest prelude that API Gateway reads: the headers of an answer. */
const PRELUDE_BYTES = 16 * 1024;
const MODE_HEADER = 'lambda-runtime-function-response-mode';

/** A handler that writes its answer to a stream. */
export type StreamingFunction = (event: unknown, out: Writable, context: { awsRequestId: string }) => Promise<void>;

const streaming = new WeakSet<object>();

/** What Lambda's runtime offers to functions that stream, as the global `awslambda`. */
export const streamingRuntime: StreamingRuntime = {
  streamifyResponse(handler) {
    streaming.add(handler);
    return handler;
  },
  HttpResponseStream: {
    from(out, prelude) {
      out.write(JSON.stringify(prelude));
      out.write(DELIMITER);
      return out;
    },
  },
};

/** Whether a handler was made by {@link streamingRuntime}. */
export function isStreaming(handler: object): handler is StreamingFunction {
  return streaming.has(handler);
}

/** Hands an answer on as the handler writes it. */
export async function streamAnswer(
  handler: StreamingFunction,
  event: unknown,
  outgoing: ServerResponse,
  awsRequestId: string,
): Promise<void> {
  outgoing.writeHead(200, { 'content-type': 'application/octet-stream', [MODE_HEADER]: 'streaming' });
  await handler(event, outgoing, { awsRequestId });
  if (!outgoing.writableEnded) outgoing.end();
}

/** Whether what a host answers is a stream. */
export function isStreamed(headers: IncomingMessage['headers']): boolean {
  return headers[MODE_HEADER] === 'streaming';
}

/**
 * Takes the prelude off a streamed answer.
 * @returns the prelude, and the body as it comes
 * @throws Error when there is no whole prelude
 */
export async function readPrelude(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ prelude: StreamPrelude; body: AsyncGenerator<Uint8Array> }> {
  const chunks = stream[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  for (;;) {
    const end = head.indexOf(DELIMITER);
    if (end >= 0) {
      const prelude = JSON.parse(head.subarray(0, end).toString('utf8')) as StreamPrelude;
      return { prelude, body: rest(head.subarray(end + DELIMITER.length), chunks) };
    }
    if (head.length > PRELUDE_BYTES) throw new Error('a streamed answer has no prelude');
    const next = await chunks.next();
    if (next.done) throw new Error('a streamed answer broke off before its prelude ended');
    head = Buffer.concat([head, next.value]);
  }
}

async function* rest(first: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}
