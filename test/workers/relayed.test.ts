import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { OpenContext } from '../../lib/domain/create-context.ts';
import { OutboundHttpError } from '../../lib/platform/outbound-http.ts';
import { type SmtpSink, smtpSink } from '../platform/smtp-sink.ts';
import { type Cluster, cluster } from './cluster.ts';

describe('a process without a way out', () => {
  let all: Cluster;
  let sink: SmtpSink;
  let lambda: OpenContext;
  const seen: { method: string; header: unknown; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push({ method: request.method ?? '', header: request.headers['x-asked'], body });
      if (request.url === '/slow') return;
      response
        .writeHead(418, { 'x-answer': 'yes' })
        .end(request.url === '/long' ? Buffer.alloc(5_000) : Buffer.from([0, 255, 10]));
    });
  });
  let base = '';

  before(async () => {
    sink = await smtpSink();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    all = await cluster({
      email: { smtpHost: '127.0.0.1', smtpPort: sink.port, tls: false, from: 'noreply@localhost' },
      outboundHttp: { relay: true },
    });
    await all.openPlacement('small');
    lambda = await all.open(['login']);
  });
  after(async () => {
    await all.close();
    await sink.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const limits = { timeoutMs: 5_000, maxBytes: 1_000, purpose: 'test', allowPrivateAddresses: true };
  const failsFor = (reason: string) => (error: unknown) =>
    error instanceof OutboundHttpError && error.reason === reason;

  test('has its requests made by another, bytes for bytes', async () => {
    const answer = await lambda.http.fetch(`${base}/tea`, {
      ...limits,
      method: 'POST',
      headers: { 'x-asked': 'please' },
      body: Uint8Array.from([255, 0, 13]),
    });
    assert.equal(answer.status, 418);
    assert.equal(answer.headers['x-answer'], 'yes');
    assert.deepEqual(Buffer.from(answer.body), Buffer.from([0, 255, 10]));
    assert.deepEqual(seen.at(-1), { method: 'POST', header: 'please', body: '\xff\0\r' });
    const { body } = await lambda.http.stream(`${base}/tea`, limits);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    assert.deepEqual(Buffer.concat(chunks), Buffer.from([0, 255, 10]));
  });

  test('hears of the same failures, and the guard holds there as here', async () => {
    await assert.rejects(
      lambda.http.fetch(`${base}/tea`, { ...limits, allowPrivateAddresses: false }),
      failsFor('forbidden-address'),
    );
    await assert.rejects(lambda.http.fetch(`${base}/long`, limits), failsFor('too-large'));
    await assert.rejects(lambda.http.fetch(`${base}/slow`, { ...limits, timeoutMs: 300 }), failsFor('timeout'));
    await assert.rejects(lambda.http.fetch('http://127.0.0.1:1/', limits), failsFor('unreachable'));
    const gone = AbortSignal.abort();
    await assert.rejects(lambda.http.fetch(`${base}/tea`, { ...limits, signal: gone }), failsFor('aborted'));
  });

  test('has its mail sent by another', async () => {
    await lambda.mail.send({ to: 'ada@example.org', subject: 'Tea', text: 'now', html: '<p>now</p>' });
    assert.deepEqual(sink.messages.at(-1)?.to, ['ada@example.org']);
    assert.match(sink.messages.at(-1)?.content ?? '', /Subject: Tea/);
  });
});
