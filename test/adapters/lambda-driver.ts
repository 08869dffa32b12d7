import { readFileSync } from 'node:fs';
import { PassThrough, type Writable } from 'node:stream';
import {
  type LambdaOptions,
  lambdaHandler,
  type StreamingRuntime,
  streamingLambdaHandler,
} from '../../lib/api/http/adapters/lambda.ts';
import type { LambdaEvent } from '../../lib/api/http/adapters/lambda-events.ts';
import type { LambdaResult, StreamPrelude } from '../../lib/api/http/adapters/lambda-results.ts';
import { fromLambdaResult } from '../../lib/api/http/adapters/rest-event.ts';
import { echoApp } from './echo-app.ts';
import type { HandlerCase } from './handler-cases.ts';
import type { Answer } from './handler-suite.ts';

export type EventFolder = 'rest' | 'http' | 'function-url' | 'alb' | 'alb-multi';

/** A recorded event. */
export function recorded(folder: EventFolder, name: string): LambdaEvent {
  return JSON.parse(readFileSync(new URL(`../fixtures/events/${folder}/${name}.json`, import.meta.url), 'utf8'));
}

/** The recorded event of a case; for `_test` paths, the recorded `query` event with its method and target replaced. */
export function eventOf(folder: EventFolder, { name, method, uri }: HandlerCase): LambdaEvent {
  if (name) return recorded(folder, name);
  const event = recorded(folder, 'query') as unknown as Record<string, unknown> & {
    requestContext: Record<string, unknown>;
  };
  const [path = '', query = ''] = uri.split('?');
  const pairs = [...new URLSearchParams(query)];
  const single = Object.fromEntries(pairs);
  const multiple = Object.fromEntries(pairs.map(([key, value]) => [key, [value]]));
  switch (folder) {
    case 'rest':
      Object.assign(event, {
        path,
        httpMethod: method,
        queryStringParameters: single,
        multiValueQueryStringParameters: multiple,
      });
      event.requestContext['path'] = `/prod${path}`;
      break;
    case 'alb':
      Object.assign(event, { path, httpMethod: method, queryStringParameters: single });
      break;
    case 'alb-multi':
      Object.assign(event, { path, httpMethod: method, multiValueQueryStringParameters: multiple });
      break;
    default:
      Object.assign(event, { rawPath: path, rawQueryString: query });
      event.requestContext['http'] = { method, path, sourceIp: '203.0.113.7' };
  }
  return event as unknown as LambdaEvent;
}

/** What the caller of the function makes of its result. */
export async function answerOf(result: LambdaResult): Promise<Answer> {
  const response = fromLambdaResult(JSON.parse(JSON.stringify(result)));
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

export function buffered(folder: EventFolder, options: LambdaOptions = {}): (request: HandlerCase) => Promise<Answer> {
  const handler = lambdaHandler(async () => echoApp, options);
  return async (request) => answerOf(await handler(eventOf(folder, request)));
}

/** Lambda's streaming runtime as documented: prelude as JSON, eight null bytes, body. */
const runtime: StreamingRuntime = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from(stream: Writable, prelude: StreamPrelude) {
      stream.write(JSON.stringify(prelude));
      stream.write(new Uint8Array(8));
      return stream;
    },
  },
};

export type StreamedHandler = (event: LambdaEvent, stream: Writable, context: object) => Promise<void>;

export function streamedHandler(options: LambdaOptions = {}): StreamedHandler {
  return streamingLambdaHandler(echoApp, options, runtime) as StreamedHandler;
}

export function streamed(folder: EventFolder): (request: HandlerCase) => Promise<Answer> {
  const handler = streamedHandler();
  return async (request) => {
    const stream = new PassThrough();
    const whole = stream.toArray();
    await handler(eventOf(folder, request), stream, {});
    const bytes = Buffer.concat(await whole);
    const end = bytes.indexOf(Buffer.alloc(8));
    const prelude: StreamPrelude = JSON.parse(bytes.subarray(0, end).toString());
    const head = await answerOf({ ...prelude, body: '', isBase64Encoded: false });
    return { ...head, body: bytes.subarray(end + 8) };
  };
}
