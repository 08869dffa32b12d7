import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testServer } from '../kit/server.ts';

test('health and metrics are answered', async () => {
  const server = await testServer();
  try {
    const health = await server.call('GET', '/_myelin/health');
    assert.equal(health.status, 200);
    assert.equal(health.body.status, 'ok');
    assert.ok(health.body.migrations > 10);
    assert.equal(await (await server.fetch('/health')).text(), 'OK');
    const metrics = await server.fetch('/metrics');
    assert.equal(metrics.status, 200);
    assert.match(String(metrics.headers.get('content-type')), /^text\/plain/);
    assert.match(await metrics.text(), /myelin_http_request_duration_seconds_count\{endpoint="GET \/health"/);
  } finally {
    await server.close();
  }
});

test('a database that is gone is told, and metrics can be switched off', async () => {
  const server = await testServer({ metrics: { enabled: false } });
  const { db } = server.ctx;
  try {
    assert.equal((await server.fetch('/metrics')).status, 404);
    server.ctx.db = new Proxy(db, { get: () => () => Promise.reject(new Error('gone')) });
    const health = await server.call('GET', '/_myelin/health');
    assert.equal(health.status, 503);
    assert.equal(health.body.status, 'unavailable');
    server.ctx.db = new Proxy(db, {
      get: () => () => Promise.reject(Object.assign(new Error(), { code: 'ECONNREFUSED' })),
    });
    const options = { headers: { authorization: 'Bearer x' } };
    const whoami = await server.call('GET', '/account/whoami', undefined, options);
    assert.equal(whoami.status, 503, 'a client tries again after 503');
  } finally {
    server.ctx.db = db;
    await server.close();
  }
});
