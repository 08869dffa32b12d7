import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { balanceKey, LANES } from '../../lib/routing/balance.ts';
import { ENDPOINT_TABLE, endpointsServedBy, endpointsWrittenBy } from '../../lib/routing/endpoint-table.ts';
import { resolve } from '../../lib/routing/resolve.ts';
import { parseRows } from '../../lib/routing/rows.ts';
import { parseUnitSplit } from '../../lib/routing/unit-names.ts';
import { WORKER_TABLE, workerRoutesOf } from '../../lib/routing/worker-table.ts';

describe('worker table', () => {
  test('has the 86 entries of the page, 79 of them different, one of them a prefix', () => {
    assert.deepEqual(
      WORKER_TABLE.map((route) => route.id),
      Array.from({ length: 86 }, (_, index) => index + 1),
    );
    assert.equal(new Set(WORKER_TABLE.map((route) => route.pattern)).size, 79);
    assert.deepEqual(
      WORKER_TABLE.filter((route) => route.kind === 'prefix').map((route) => route.pattern),
      ['/_matrix/media/'],
    );
  });

  test('names repeated entries', () => {
    for (const route of WORKER_TABLE) {
      const first = WORKER_TABLE.find((other) => other.pattern === route.pattern)!;
      assert.equal(route.repeats, first === route ? undefined : first.id);
    }
  });
});

describe('endpoint table', () => {
  test('has every method and path once, under every version', () => {
    const keys = ENDPOINT_TABLE.flatMap((endpoint) => endpoint.paths.map((path) => `${endpoint.method} ${path}`));
    assert.equal(new Set(keys).size, keys.length);
    const specified = ENDPOINT_TABLE.filter((endpoint) => endpoint.source === 'openapi' || endpoint.source === 'prose');
    assert.equal(specified.length, 203);
  });

  test('has known words in every cell', () => {
    for (const endpoint of ENDPOINT_TABLE) {
      assert.match(endpoint.method, /^(GET|POST|PUT|DELETE)$/);
      assert.match(endpoint.auth, /^(user|optional|none|appservice|federation|secret|admin)$/);
      assert.match(endpoint.balance, /^(user|room|source|any)$/);
      assert.match(endpoint.source, /^(openapi|prose|legacy|oauth|ext|admin|unstable)$/);
      assert.ok(endpoint.operations.length > 0);
      for (const path of endpoint.paths) assert.match(path, /^(\/([A-Za-z0-9._-]+|\{[A-Za-z0-9]+\}))+\/?$/);
    }
  });

  test('gives each endpoint the hint of the page', () => {
    for (const endpoint of ENDPOINT_TABLE.filter(({ source }) => source !== 'unstable')) {
      const hints = workerRoutesOf(endpoint.method, endpoint.path).map((route) => route.hint.replace('!', ''));
      const expected = hints.find((hint) => /^(user|room|source)$/.test(hint)) ?? 'any';
      assert.equal(endpoint.balance, expected, `${endpoint.method} ${endpoint.path}`);
    }
  });

  test('lists endpoints by the unit that serves and the unit that writes', () => {
    assert.ok(endpointsServedBy('sync').some((endpoint) => endpoint.operations.includes('slidingSync')));
    assert.equal(endpointsServedBy('typing').length, 0);
    assert.deepEqual(
      endpointsWrittenBy('typing').map((endpoint) => endpoint.operations[0]),
      ['setTyping'],
    );
  });
});

describe('balance hints', () => {
  const key = (method: string, path: string) => {
    const { endpoint, params } = resolve(method, path)!;
    return balanceKey(endpoint, { params, user: '@u:x', ip: '192.0.2.1' });
  };

  test('key by user, room and source', () => {
    assert.equal(key('GET', '/_matrix/client/v3/sync'), '@u:x');
    assert.equal(key('PUT', '/_matrix/client/v3/rooms/!r%3Ax/send/m.x/1'), '!r:x');
    assert.equal(key('GET', '/_matrix/client/v3/rooms/!r:x/messages'), '!r:x');
    assert.equal(key('PUT', '/_matrix/federation/v1/send/1'), '192.0.2.1');
    assert.equal(key('GET', '/_matrix/client/versions'), undefined);
  });

  test('know the lanes', () => {
    const lane = (path: string) => {
      const url = new URL(path, 'http://x');
      return LANES.find((one) => one.takes(resolve('GET', url.pathname)!.endpoint, url.searchParams))?.name;
    };
    assert.equal(lane('/_matrix/client/v3/sync?timeout=1'), 'initial-sync');
    assert.equal(lane('/_matrix/client/v3/sync?since=s1'), undefined);
    assert.equal(lane('/_matrix/client/v3/rooms/!r:x/initialSync'), 'initial-sync');
    assert.equal(lane('/_matrix/client/v3/login'), 'sign-in');
  });
});

describe('reading tables', () => {
  test('refuses rows of the wrong shape, and says which', () => {
    assert.deepEqual(parseRows('t', '\na\tb\nc\td\n', 2), [
      ['a', 'b'],
      ['c', 'd'],
    ]);
    assert.throws(() => parseRows('t', 'a\tb\nc', 2), /t, row 2: 2 filled cells/);
    assert.throws(() => parseRows('t', 'a\t', 2), /t, row 1/);
  });

  test('refuses units that do not exist or stand in the wrong place', () => {
    assert.deepEqual(parseUnitSplit('client -> receipts, account-data'), {
      serves: 'client',
      writes: ['receipts', 'account-data'],
    });
    assert.throws(() => parseUnitSplit('typing'), /"typing" is not a unit that serves/);
    assert.throws(() => parseUnitSplit('client -> sync'), /"sync" is not a unit that writes/);
    assert.throws(() => parseUnitSplit('client -> typing -> sync'), /More than one arrow/);
  });
});
