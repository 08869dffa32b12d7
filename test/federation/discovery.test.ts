import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Discovery } from '../../lib/domain/federation/discovery.ts';
import { orderSrv, type SrvRecord } from '../../lib/domain/federation/srv-records.ts';
import { fetchWellKnown } from '../../lib/domain/federation/well-known.ts';
import { InProcessCache } from '../../lib/platform/adapters/in-process-cache.ts';
import { TestNetwork } from '../kit/network.ts';

const reach = { caFiles: [], allowPrivateAddresses: false };

function setUp(wellKnown: Record<string, Response | object>, srv: Record<string, SrvRecord[]> = {}) {
  const network = new TestNetwork();
  for (const [host, answer] of Object.entries(wellKnown)) {
    network.attach(host, async () => (answer instanceof Response ? answer.clone() : Response.json(answer)) as Response);
  }
  const lookups: string[] = [];
  const options = {
    http: network,
    cache: new InProcessCache(),
    reach,
    lookupSrv: async (name: string) => {
      lookups.push(name);
      return srv[name] ?? [];
    },
  };
  return { network, lookups, options, discovery: new Discovery(options) };
}

const record = (name: string, port: number, priority = 0, weight = 0): SrvRecord => ({ name, port, priority, weight });

describe('server discovery', () => {
  test('IP literals and names with ports say where to go', async () => {
    const { discovery, network, lookups } = setUp({});
    const located = async (name: string) => {
      const { baseUrl, targets } = await discovery.locate(name);
      return [baseUrl, ...targets.map(({ host, port }) => `${host} ${port}`)];
    };
    assert.deepEqual(await located('198.51.100.7'), ['https://198.51.100.7', '198.51.100.7 8448']);
    assert.deepEqual(await located('198.51.100.7:80'), ['https://198.51.100.7:80', '198.51.100.7 80']);
    assert.deepEqual(await located('[2001:db8::1]'), ['https://[2001:db8::1]', '2001:db8::1 8448']);
    assert.deepEqual(await located('[2001:db8::1]:443'), ['https://[2001:db8::1]:443', '2001:db8::1 443']);
    assert.deepEqual(await located('hs.test:8000'), ['https://hs.test:8000', 'hs.test 8000']);
    assert.deepEqual([network.traffic, lookups], [[], []]);
  });

  for (const [delegated, expected] of [
    ['198.51.100.9', ['https://198.51.100.9', '198.51.100.9 8448']],
    ['198.51.100.9:1234', ['https://198.51.100.9:1234', '198.51.100.9 1234']],
    ['[2001:db8::2]', ['https://[2001:db8::2]', '2001:db8::2 8448']],
    ['inner.test:1234', ['https://inner.test:1234', 'inner.test 1234']],
    ['inner.test', ['https://inner.test', 'inner.test 8448']],
    ['srv.test', ['https://srv.test', 'a.test 1 ', 'b.test 2']],
    ['old.test', ['https://old.test', 'c.test 3']],
  ] as const) {
    test(`a host that delegates to ${delegated}`, async () => {
      const { discovery } = setUp(
        { 'hs.test': { 'm.server': delegated } },
        {
          '_matrix-fed._tcp.srv.test': [record('b.test', 2, 10), record('a.test.', 1, 5)],
          '_matrix._tcp.srv.test': [record('wrong.test', 9)],
          '_matrix._tcp.old.test': [record('c.test', 3)],
          '_matrix._tcp.hs.test': [record('wrong.test', 9)],
        },
      );
      const { baseUrl, targets } = await discovery.locate('hs.test');
      const found = [baseUrl, ...targets.map(({ host, port }) => `${host} ${port}`)];
      assert.deepEqual(
        found,
        expected.map((text) => text.trim()),
      );
    });
  }

  test('service records of the name itself, then port 8448', async () => {
    const { discovery, lookups } = setUp({}, { '_matrix._tcp.srv.test': [record('a.test', 99)] });
    assert.deepEqual(await discovery.locate('srv.test'), {
      baseUrl: 'https://srv.test',
      targets: [{ host: 'a.test', port: 99 }],
    });
    assert.deepEqual(await discovery.locate('plain.test'), {
      baseUrl: 'https://plain.test',
      targets: [{ host: 'plain.test', port: 8448 }],
    });
    assert.deepEqual(lookups, [
      '_matrix-fed._tcp.srv.test',
      '_matrix._tcp.srv.test',
      '_matrix-fed._tcp.plain.test',
      '_matrix._tcp.plain.test',
    ]);
  });

  for (const [what, answer] of [
    ['an error', new Response('no', { status: 404 })],
    ['no JSON', new Response('no')],
    ['no name', Response.json({ 'm.server': 7 })],
    ['a name that is none', Response.json({ 'm.server': 'https://x/y' })],
    ['more than is read', Response.json({ 'm.server': 'inner.test:1', pad: 'x'.repeat(60_000) })],
  ] as const) {
    test(`${what} at /.well-known delegates to nobody`, async () => {
      const { discovery } = setUp({ 'hs.test': answer });
      assert.equal((await discovery.locate('hs.test')).baseUrl, 'https://hs.test');
    });
  }

  test('what a host says is kept, and shared with other processes', async () => {
    const { discovery, network, options } = setUp({ 'hs.test': { 'm.server': 'inner.test:1' } });
    await Promise.all([discovery.locate('hs.test'), discovery.locate('hs.test')]);
    await new Discovery(options).locate('hs.test');
    assert.equal(network.traffic.length, 1);
  });

  test('how long it is kept', async () => {
    const ttl = async (headers: Record<string, string>, status = 200) => {
      const network = new TestNetwork();
      network.attach('hs.test', async () => Response.json({ 'm.server': 'inner.test:1' }, { headers, status }));
      return (await fetchWellKnown(network, 'hs.test', reach)).ttlMs / 60_000;
    };
    assert.equal(await ttl({}), 24 * 60);
    assert.equal(await ttl({ 'cache-control': 'public, max-age=7200' }), 120);
    assert.equal(await ttl({ 'cache-control': 'max-age=99999999' }), 48 * 60);
    assert.equal(await ttl({ 'cache-control': 'max-age=1' }), 5);
    assert.equal(await ttl({ 'cache-control': 'no-store' }), 5);
    const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
    assert.equal(await ttl({ date, expires: 'Wed, 21 Oct 2026 08:28:00 GMT' }), 60);
    assert.equal(await ttl({ date, expires: '0' }), 5);
    assert.equal(await ttl({}, 500), 60);
    assert.equal((await fetchWellKnown(new TestNetwork(), 'hs.test', reach)).ttlMs, 60_000);
  });

  test('records go by priority, then by weight at random', () => {
    const records = [record('low', 1, 20), record('light', 1, 10, 1), record('heavy', 1, 10, 9)];
    const order = (random: number) => orderSrv(records, () => random).map(({ name }) => name);
    assert.deepEqual(order(0.05), ['light', 'heavy', 'low']);
    assert.deepEqual(order(0.5), ['heavy', 'light', 'low']);
  });
});
