// What Lambda runs around a function of Node: loads the handler of LAMBDA_TASK_ROOT, asks the Runtime API for events and
// gives it the answers (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). Written for the tests.
import { Agent, request } from 'node:http';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const API = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
// The events wait at the API for longer than any client's patience.
const agent = new Agent({ keepAlive: true, timeout: 0 });
const MODE = 'lambda-runtime-function-response-mode';

const streaming = new WeakSet();
Object.assign(globalThis, {
  awslambda: {
    /** @param {object} handler */
    streamifyResponse(handler) {
      streaming.add(handler);
      return handler;
    },
    HttpResponseStream: {
      /** @param {import('node:stream').Writable} out @param {object} prelude */
      from(out, prelude) {
        out.write(JSON.stringify(prelude));
        out.write(Buffer.alloc(8));
        return out;
      },
    },
  },
});

/**
 * @param {string} method
 * @param {string} path
 * @param {string | import('node:stream').Readable} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<{ headers: import('node:http').IncomingHttpHeaders, text: string }>}
 */
function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = request(API + path, { method, agent, headers }, async (incoming) => {
      resolve({ headers: incoming.headers, text: (await buffer(incoming)).toString() });
    });
    outgoing.on('error', reject);
    if (body instanceof PassThrough) body.pipe(outgoing);
    else outgoing.end(body);
  });
}

/** @param {unknown} error */
const failure = (error) =>
  JSON.stringify({ errorType: /** @type {Error} */ (error).name, errorMessage: /** @type {Error} */ (error).message });

let handler;
try {
  const file = pathToFileURL(`${process.env.LAMBDA_TASK_ROOT}/index.mjs`);
  ({ handler } = await import(file.href));
} catch (error) {
  await call('POST', '/init/error', failure(error));
  process.exit(1);
}

for (;;) {
  const next = await call('GET', '/invocation/next');
  const id = String(next.headers['lambda-runtime-aws-request-id']);
  const path = `/invocation/${id}`;
  try {
    const event = JSON.parse(next.text);
    if (streaming.has(handler)) {
      const out = new PassThrough();
      const headers = { [MODE]: 'streaming', 'content-type': 'application/vnd.awslambda.http-integration-response' };
      const sent = call('POST', `${path}/response`, out, headers);
      await handler(event, out, { awsRequestId: id });
      if (!out.writableEnded) out.end();
      await sent;
    } else {
      const result = await handler(event, { awsRequestId: id });
      await call('POST', `${path}/response`, JSON.stringify(result) ?? 'null');
    }
  } catch (error) {
    await call('POST', `${path}/error`, failure(error));
  }
}
