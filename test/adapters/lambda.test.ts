import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { lambdaHandler } from '../../lib/api/http/adapters/lambda.ts';
import type { HttpEvent, LambdaEvent, RestEvent } from '../../lib/api/http/adapters/lambda-events.ts';
import { fromLambdaResult, toRestEvent } from '../../lib/api/http/adapters/rest-event.ts';
import { type Echo, echoApp } from './echo-app.ts';
import { recorded, streamedHandler } from './lambda-driver.ts';

const handler = lambdaHandler(echoApp, { edgeSecret: 's3cret' });
const echoOf = async (event: LambdaEvent): Promise<Echo> => JSON.parse((await handler(event)).body);

describe('REST API paths', () => {
  const rest = (over: Partial<RestEvent>, context: Partial<RestEvent['requestContext']>): LambdaEvent => {
    const event = recorded('rest', 'head') as RestEvent;
    return { ...event, httpMethod: 'GET', ...over, requestContext: { ...event.requestContext, ...context } };
  };

  test('lose the stage, and only the stage', async () => {
    assert.equal((await echoOf(rest({ path: '/prod/x' }, { path: '/prod/prod/x' }))).rawUri, '/prod/x');
    assert.equal((await echoOf(rest({ path: '/product' }, { path: '/prod/product' }))).rawUri, '/product');
  });

  test('keep everything under a custom domain, where there is no stage in front', async () => {
    const context = { path: '/prod/x', domainName: 'matrix.example.org' };
    assert.equal((await echoOf(rest({ path: '/prod/x' }, context))).rawUri, '/prod/x');
  });

  test('survive the way through the gateway byte for byte, and queries by meaning', async () => {
    const segment = fc.oneof(
      fc.string({ unit: 'grapheme' }).map(encodeURIComponent),
      fc.constantFrom('%2F', '%2f', '+', '..', '', 'prod'),
    );
    const query = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(segment), query, async (segments, pairs) => {
        const path = `/${segments.join('/')}`;
        const search = pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
        const wire = {
          method: 'GET',
          rawUri: search ? `${path}?${search}` : path,
          headers: [],
          ip: '192.0.2.1',
          requestId: 'r',
        };
        const { rawUri } = await echoOf(toRestEvent(wire, { stage: 'prod', domainName: 'x' }));
        const [seenPath, seenSearch] = rawUri.split('?');
        assert.equal(seenPath, path);
        const byName = (entries: Iterable<[string, string]>) => Map.groupBy(entries, ([name]) => name);
        assert.deepEqual(byName(new URLSearchParams(seenSearch)), byName(new URLSearchParams(search)));
      }),
      { numRuns: 200 },
    );
  });
});

describe('HTTP API paths', () => {
  test('lose a named stage', async () => {
    const event = recorded('http', 'query') as HttpEvent;
    event.requestContext.stage = 'live';
    event.rawPath = '/live/_matrix/client/v3/sync';
    assert.match((await echoOf(event)).rawUri, /^\/_matrix\/client\/v3\/sync\?since/);
  });
});

describe('behind the edge', () => {
  const edge = (secret: string, rawUri: string): LambdaEvent => {
    const event = recorded('rest', 'plus') as RestEvent;
    const added = {
      'X-Myelin-Edge-Secret': [secret],
      'X-Myelin-Raw-Uri': [rawUri],
      'X-Myelin-Viewer-Address': ['192.0.2.44:51234'],
    };
    return { ...event, multiValueHeaders: { ...event.multiValueHeaders, ...added } };
  };
  const raw = '/_matrix/client/v3/profile/@a+b:example.org/displayname?r=a%2Bb&q=a+b';

  test('the raw URI and the viewer are believed with the secret', async () => {
    const { rawUri, ip, headers } = await echoOf(edge('s3cret', raw));
    assert.equal(rawUri, raw);
    assert.equal(ip, '192.0.2.44');
    assert.ok(!Object.keys(headers).some((name) => name.startsWith('x-myelin')));
  });

  test('nothing is believed without it, and never what is no URI', async () => {
    for (const event of [edge('guess', raw), edge('', raw), edge('s3cret', 'no-slash'), edge('s3cret', '/a b')]) {
      assert.match((await echoOf(event)).rawUri, /displayname\?q=a%20b&r=a%2Bb$/);
    }
    const open = lambdaHandler(echoApp);
    const { rawUri, ip } = JSON.parse((await open(edge('', raw))).body);
    assert.match(rawUri, /q=a%20b/);
    assert.equal(ip, '203.0.113.7');
  });
});

describe('Lambda handler', () => {
  test('makes the application once, and again after a failure', async () => {
    let made = 0;
    const lazy = lambdaHandler(async () => {
      made++;
      if (made === 1) throw new Error('no database yet');
      return echoApp;
    });
    assert.equal((await lazy(recorded('rest', 'query'))).statusCode, 500);
    const results = await Promise.all([1, 2, 3].map(() => lazy(recorded('rest', 'query'))));
    assert.deepEqual(
      results.map((result) => result.statusCode),
      [200, 200, 200],
    );
    assert.equal(made, 2);
  });

  test('refuses events that are no requests', async () => {
    await assert.rejects(handler({ Records: [] } as unknown as LambdaEvent), /not an HTTP request/);
  });

  test('answers 400 to headers that are not HTTP', async () => {
    const event = recorded('rest', 'query') as RestEvent;
    const result = await handler({ ...event, multiValueHeaders: { 'bad header': ['x'] } });
    assert.equal(result.statusCode, 400);
    assert.equal(JSON.parse(result.body).errcode, 'M_UNKNOWN');
  });

  test('takes header bytes as they are', async () => {
    const event = recorded('rest', 'query') as RestEvent;
    const { headers } = await echoOf({ ...event, multiValueHeaders: { 'x-name': ['✓'] } });
    assert.equal(Buffer.from(headers['x-name']!, 'latin1').toString('utf8'), '✓');
  });

  test('leaves text that is not UTF-8, and what is compressed, as bytes', async () => {
    const bytes = Uint8Array.of(0x66, 0xff, 0x66);
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    ]) {
      const serve = lambdaHandler({ fetch: async () => new Response(bytes, { headers }) });
      const result = await serve(recorded('rest', 'query'));
      assert.equal(result.isBase64Encoded, true);
      assert.deepEqual(new Uint8Array(await fromLambdaResult(result).arrayBuffer()), bytes);
    }
  });

  test('reads a body that is too large no further than the limit', async () => {
    let read = 0;
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        read++;
        controller.enqueue(new Uint8Array(1_048_576));
      },
      cancel() {
        cancelled = true;
      },
    });
    const serve = lambdaHandler({ fetch: async () => new Response(body) });
    assert.equal((await serve(recorded('rest', 'query'))).statusCode, 413);
    assert.ok(cancelled && read < 10, `read ${read} MB`);
  });

  test('answers 500 when a buffered body breaks off, and tells', async () => {
    const errors: unknown[] = [];
    const serve = lambdaHandler(echoApp, { onError: (error) => errors.push(error) });
    const event = { ...(recorded('function-url', 'query') as HttpEvent), rawPath: '/_test/broken' };
    assert.equal((await serve(event)).statusCode, 500);
    assert.match(String(errors[0]), /the disk went away/);
  });

  test('destroys the stream when a streamed body breaks off, and tells', async () => {
    const errors: unknown[] = [];
    const stream = new PassThrough();
    const event = { ...(recorded('function-url', 'query') as HttpEvent), rawPath: '/_test/broken' };
    const done = streamedHandler({ onError: (error) => errors.push(error) })(event, stream, {});
    await assert.rejects(stream.toArray());
    await done;
    assert.match(String(errors[0]), /the disk went away/);
  });
});
