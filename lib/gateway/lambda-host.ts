import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { LAMBDA_RESULT_BYTES } from './limits.ts';
import { isStreaming, type StreamingFunction, streamAnswer } from './streaming-runtime.ts';

/** Where a function is called, as by Lambda's runtime interface emulator. */
export const INVOKE_PATH = '/2015-03-31/functions/function/invocations';

/** A Lambda handler as its module exports it. */
export type LambdaFunction =
  | ((event: unknown, context: { awsRequestId: string }) => Promise<unknown>)
  | StreamingFunction;

/** A function that can be called over HTTP. */
export interface LambdaHost {
  url: string;
  /** Answers what is under way, then ends. */
  close(): Promise<void>;
}

/** Listens on the loopback address for calls of one function. */
export async function hostLambda(handler: LambdaFunction, onError: (error: unknown) => void): Promise<LambdaHost> {
  let calls = 0;
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 }, (incoming, outgoing) => {
    void call(handler, incoming, outgoing, `local-${++calls}`).catch((error) => {
      onError(error);
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      await closed;
      clearInterval(sweep);
    },
  };
}

async function call(
  handler: LambdaFunction,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  awsRequestId: string,
): Promise<void> {
  if (incoming.url !== INVOKE_PATH) {
    outgoing.writeHead(404).end();
    return;
  }
  const event = JSON.parse(await text(incoming));
  if (isStreaming(handler)) return streamAnswer(handler, event, outgoing, awsRequestId);
  const buffered = handler as (event: unknown, context: { awsRequestId: string }) => Promise<unknown>;
  const result = JSON.stringify(await buffered(event, { awsRequestId }));
  if (Buffer.byteLength(result) > LAMBDA_RESULT_BYTES) throw new Error('Function.ResponseSizeTooLarge');
  outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(result) });
  outgoing.end(result);
}
