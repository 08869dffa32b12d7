// The gateway of one machine keeps to what API Gateway and Lambda allow, so that nothing works here only.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { lambdaHandler, streamingLambdaHandler } from '../../lib/api/http/adapters/lambda.ts';
import { type Gateway, openGateway } from '../../lib/gateway/gateway.ts';
import { hostLambda, type LambdaFunction, type LambdaHost } from '../../lib/gateway/lambda-host.ts';
import { streamingRuntime } from '../../lib/gateway/streaming-runtime.ts';

const MIB = 1024 * 1024;
/** Of a unit that streams, of one that does not, and of a task. */
const CLIENT = '/_matrix/client/v3/account/whoami';
const LOGIN = '/_matrix/client/v3/login';
const SYNC = '/_matrix/client/v3/sync';

describe('the gateway', () => {
  let gateway: Gateway;
  const opened: { close(): unknown }[] = [];
  before(async () => {
    gateway = await openGateway({
      listeners: [{ host: '127.0.0.1', port: 0 }],
      serverName: 'gateway.test',
      trustedProxies: [],
      onError: () => {},
    });
  });
  afterEach(async () => {
    gateway.targets.set({});
    for (const { close } of opened.splice(0)) await close();
  });
  after(() => gateway.close(100));

  async function host(unit: 'client' | 'login', handler: LambdaFunction): Promise<LambdaHost> {
    const made = await hostLambda(handler, () => {});
    opened.push(made);
    gateway.targets.set({ [unit]: [made.url] });
    return made;
  }
  const answering = (respond: (request: Request) => Response | Promise<Response>) => ({
    fetch: async (r: Request) => respond(r),
  });
  const buffered = (respond: Parameters<typeof answering>[0]) => lambdaHandler(answering(respond)) as LambdaFunction;
  const streamed = (respond: Parameters<typeof answering>[0]) =>
    streamingLambdaHandler(answering(respond), {}, streamingRuntime) as LambdaFunction;
  const ask = (path: string, init?: RequestInit) => fetch(`${gateway.urls[0]}${path}`, init);

  test('hands a request to its Lambda unit as an event, and the answer back', async () => {
    await host(
      'login',
      buffered(async (request) =>
        Response.json(
          { method: request.method, url: new URL(request.url).search, body: await request.text() },
          { status: 201 },
        ),
      ),
    );
    const answer = await ask(`${LOGIN}?a=%2F`, { method: 'POST', body: 'ä' });
    assert.equal(answer.status, 201);
    assert.deepEqual(await answer.json(), { method: 'POST', url: '?a=%2F', body: 'ä' });
  });

  test('streams the answer of a unit that streams: status and headers first, then more than a buffered one may have', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await host(
      'client',
      streamed(() => {
        const body = new ReadableStream({
          async start(controller) {
            controller.enqueue(Buffer.from('begin '));
            await released;
            for (let i = 0; i < 8; i++) controller.enqueue(Buffer.alloc(MIB, 0x61));
            controller.close();
          },
        });
        return new Response(body, { status: 203, headers: { 'x-streamed': 'yes' } });
      }),
    );
    const answer = await ask(CLIENT);
    assert.equal(answer.status, 203);
    assert.equal(answer.headers.get('x-streamed'), 'yes');
    const reader = answer.body!.getReader();
    assert.equal(Buffer.from((await reader.read()).value!).toString(), 'begin ');
    release();
    let length = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) length += part.value.length;
    assert.equal(length, 8 * MIB);
  });

  test('breaks the connection when a streamed answer breaks off', async () => {
    await host(
      'client',
      streamed(() => {
        let pulls = 0;
        const body = new ReadableStream({
          pull(controller) {
            if (++pulls === 1) controller.enqueue(Buffer.from('half'));
            else controller.error(new Error('broken'));
          },
        });
        return new Response(body);
      }),
    );
    await assert.rejects(ask(CLIENT).then((answer) => answer.text()));
  });

  test('takes no body over 10 MB, and no event over 6 MB', async () => {
    await host(
      'login',
      buffered(() => Response.json({})),
    );
    for (const [length, status] of [
      [4 * MIB, 200],
      [5 * MIB, 413],
      [11 * MIB, 413],
    ] as const) {
      const answer = await ask(LOGIN, { method: 'POST', body: Buffer.alloc(length) });
      assert.equal(answer.status, status, String(length));
      if (status === 413) assert.equal(((await answer.json()) as { errcode: string }).errcode, 'M_TOO_LARGE');
    }
  });

  test('a buffered function cannot answer more than 6 MB', async () => {
    await host(
      'login',
      buffered(() => new Response(Buffer.alloc(7 * MIB, 0x61))),
    );
    const told = await ask(LOGIN);
    assert.equal(told.status, 413, 'the adapter says so itself');
    await host('login', async () => ({ statusCode: 200, body: 'a'.repeat(7 * MIB), isBase64Encoded: false }));
    assert.equal((await ask(LOGIN)).status, 502, 'as the service does');
  });

  test('a function that throws is a 502, in words of Matrix', async () => {
    await host('login', async () => {
      throw new Error('secret');
    });
    const answer = await ask(LOGIN);
    assert.equal(answer.status, 502);
    const body = await answer.text();
    assert.equal(JSON.parse(body).errcode, 'M_UNKNOWN');
    assert.doesNotMatch(body, /secret/);
  });

  test('gives a buffered function 29 seconds', async (t) => {
    t.mock.method(AbortSignal, 'timeout', (ms: number) => {
      asked.push(ms);
      return AbortSignal.abort();
    });
    const asked: number[] = [];
    await host(
      'login',
      buffered(() => Response.json({})),
    );
    const answer = await rawGet(`${gateway.urls[0]}${LOGIN}`);
    assert.equal(answer.status, 504);
    assert.deepEqual(asked, [29_000]);
  });

  test('passes requests of tasks on as they came', async () => {
    const task = createServer((request, response) => response.end(JSON.stringify({ url: request.url })));
    await new Promise<void>((resolve) => task.listen(0, '127.0.0.1', resolve));
    opened.push({
      close: () => {
        task.closeAllConnections();
        return new Promise((resolve) => task.close(resolve));
      },
    });
    gateway.targets.set({ sync: [`http://127.0.0.1:${(task.address() as AddressInfo).port}`] });
    const answer = await ask(`${SYNC}?filter=%7B%22a%22%3A1%7D&since=a+b`);
    assert.deepEqual(await answer.json(), { url: `${SYNC}?filter=%7B%22a%22%3A1%7D&since=a+b` });
  });
});

/** Without fetch, which has time limits of its own. */
async function rawGet(url: string): Promise<{ status: number }> {
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0 }));
    }).on('error', reject);
  });
}
