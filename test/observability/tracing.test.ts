import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { flushTracing, inSpan, startTracing, traceHeaders } from '../../lib/observability/tracing.ts';
import { openTracing } from '../../lib/observability/tracing-sdk.ts';
import { makeRoom, say, testServer } from '../kit/server.ts';

interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

const spans: WireSpan[] = [];
/** A collector of OpenTelemetry, as far as one is needed to see what comes. */
const collector = createServer(async (incoming, outgoing) => {
  const { resourceSpans } = (await json(incoming)) as { resourceSpans: { scopeSpans: { spans: WireSpan[] }[] }[] };
  spans.push(...resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans)));
  outgoing.writeHead(200).end('{}');
}).listen(0, '127.0.0.1');
await once(collector, 'listening');
after(() => {
  collector.closeAllConnections();
  collector.close();
});
const otlpUrl = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;

const attribute = (span: WireSpan | undefined, key: string) =>
  span?.attributes.find((one) => one.key === key)?.value.stringValue;
/** From a span up to the root of its trace. */
function chain(span: WireSpan | undefined): WireSpan[] {
  const above = span && spans.find((other) => other.spanId === span.parentSpanId);
  return span ? [span, ...chain(above)] : [];
}

describe('traces', { timeout: 180_000 }, () => {
  test('without an exporter nothing is made, and nothing is told to others', async () => {
    await startTracing({ exporter: 'none', otlpUrl, sampleRatio: 1 }, 'a.test', 'all');
    assert.equal(await inSpan('x', { kind: 'server' }, async (span) => span), undefined);
    assert.deepEqual(traceHeaders(), {});
  });

  test('lead from a request by way of the writer in another process to the SQL of both', async () => {
    // Units apart, whatever the tests around are run with: the writer is asked over HTTP.
    process.env['MYELIN_TEST_PLACEMENT'] = 'scaled';
    const server = await testServer();
    try {
      const user = await server.user('ada');
      const room = await makeRoom(user);
      await startTracing({ exporter: 'otlp', otlpUrl, sampleRatio: 1 }, 'a.test', 'all');
      await say(user, room, 'hello');
      await flushTracing();
    } finally {
      await server.close();
    }
    const root = spans.find((span) => span.name.startsWith('PUT ') && span.name.includes('/send/'))!;
    assert.ok(root, [...new Set(spans.map((span) => span.name))].join('\n'));
    assert.equal(attribute(root, 'myelin.unit'), 'client');
    const written = spans
      .filter((span) => attribute(span, 'db.system.name') === 'postgresql' && span.traceId === root.traceId)
      .map((span) => chain(span).map(({ name, kind }) => `${kind} ${name}`))
      .find((names) => names.length >= 4);
    // SQL (3: client) below the command as it came in (2: server), as it went out (3), and the request (2).
    assert.ok(written, 'a statement of the writer belongs to the trace');
    assert.match(written.at(-1)!, /^2 PUT /);
    assert.match(written.at(-2)!, /^3 events\//);
    assert.match(written.at(-3)!, /^2 events\//);
    const own = spans.filter((span) => span.parentSpanId === root.spanId && attribute(span, 'db.query.text'));
    assert.ok(own.length > 0, 'so do the statements of the Lambda');
    for (const span of spans) assert.doesNotMatch(JSON.stringify(span), /hello|@ada/, 'no content and no names');
  });

  test('belong to the trace that Lambda began, and an error is told by its class alone', async () => {
    spans.length = 0;
    process.env['_X_AMZN_TRACE_ID'] = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    try {
      await assert.rejects(
        inSpan('GET /x', { kind: 'server' }, async () => {
          throw new TypeError('about @ada:a.test');
        }),
      );
    } finally {
      delete process.env['_X_AMZN_TRACE_ID'];
    }
    await flushTracing();
    const span = spans.find(({ name }) => name === 'GET /x');
    assert.equal(span?.traceId, '5759e988bd862e3fe1be46a994272793');
    assert.equal(span?.parentSpanId, '53995c3f42cd8ad8');
    assert.doesNotMatch(JSON.stringify(spans), /@ada/);
    assert.match(JSON.stringify(spans), /TypeError/);
  });

  test('go to the X-Ray daemon as a datagram of its form', async () => {
    const daemon = createSocket('udp4').bind(0, '127.0.0.1');
    await once(daemon, 'listening');
    process.env['AWS_XRAY_DAEMON_ADDRESS'] = `127.0.0.1:${daemon.address().port}`;
    try {
      const arrived = once(daemon, 'message');
      const { provider, flush } = openTracing({ exporter: 'xray', otlpUrl, sampleRatio: 1 }, 'a.test', 'keys');
      provider.getTracer('test').startSpan('GET /y').end();
      await flush();
      const [message] = (await arrived) as [Buffer];
      const [header, body = ''] = message.toString().split('\n');
      assert.deepEqual(JSON.parse(header!), { format: 'json', version: 1 });
      assert.equal(body.slice(0, 3), 'T1S');
      const otlp = Buffer.from(body.slice(3), 'base64').toString('latin1');
      assert.match(otlp, /GET \/y/);
      assert.match(otlp, /myelin-keys/);
    } finally {
      delete process.env['AWS_XRAY_DAEMON_ADDRESS'];
      daemon.close();
    }
  });
});
