// What Lambda's Node runtime does, for tests: loads `index.handler` of LAMBDA_TASK_ROOT and works off the Runtime API
// (2018-06-01). Async handlers and awslambda.streamifyResponse.
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

type Handler = (event: unknown, second: unknown, third?: unknown) => Promise<unknown>;

const [host, port] = (process.env['AWS_LAMBDA_RUNTIME_API'] ?? '').split(':');
const streaming = new WeakSet<Handler>();

Object.assign(globalThis, {
  awslambda: {
    streamifyResponse(handler: Handler) {
      streaming.add(handler);
      return handler;
    },
    HttpResponseStream: {
      from(stream: Writable, prelude: unknown) {
        stream.write(JSON.stringify(prelude));
        stream.write(Buffer.alloc(8));
        return stream;
      },
    },
  },
});

function call(
  method: string,
  path: string,
  body?: string | Readable,
  headers: Record<string, string> = {},
): Promise<{ headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, method, path: `/2018-06-01/runtime/${path}`, headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk) => {
        text += chunk;
      });
      incoming.on('end', () => resolve({ headers: incoming.headers, text }));
    });
    outgoing.on('error', reject);
    if (typeof body === 'object') body.pipe(outgoing);
    else outgoing.end(body);
  });
}

const failure = (error: unknown) =>
  error instanceof Error
    ? JSON.stringify({ errorType: error.name, errorMessage: error.message })
    : JSON.stringify({ errorType: 'Error', errorMessage: String(error) });

let handler: Handler;
try {
  ({ handler } = await import(pathToFileURL(join(process.env['LAMBDA_TASK_ROOT'] ?? '', 'index.mjs')).href));
} catch (error) {
  console.error(error);
  await call('POST', 'init/error', failure(error));
  process.exit(1);
}

for (;;) {
  const next = await call('GET', 'invocation/next');
  const id = String(next.headers['lambda-runtime-aws-request-id']);
  const deadline = Number(next.headers['lambda-runtime-deadline-ms']);
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
  try {
    const event = JSON.parse(next.text);
    if (streaming.has(handler)) {
      const out = new PassThrough();
      const sent = call('POST', `invocation/${id}/response`, out, {
        'lambda-runtime-function-response-mode': 'streaming',
        'transfer-encoding': 'chunked',
      });
      await handler(event, out, context);
      if (!out.writableEnded) out.end();
      await sent;
    } else {
      await call('POST', `invocation/${id}/response`, JSON.stringify(await handler(event, context)));
    }
  } catch (error) {
    await call('POST', `invocation/${id}/error`, failure(error));
  }
}
