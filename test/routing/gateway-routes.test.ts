import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ENDPOINT_TABLE } from '../../lib/routing/endpoint-table.ts';
import { matchGatewayRoute } from '../../lib/routing/gateway-match.ts';
import { compileGatewayRoutes, type GatewayRoute, gatewayResources } from '../../lib/routing/gateway-routes.ts';
import { PathTrie } from '../../lib/routing/path-trie.ts';
import type { FrontUnit } from '../../lib/routing/unit-names.ts';
import { inertPath } from '../../lib/routing/worker-table.ts';
import { samplesOf } from './arbitraries.ts';

/** A route set found by hand and by another program, over the endpoints without the proposals. */
const reference: GatewayRoute[] = readFileSync(new URL('reference-routes.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [method, path, unit] = line.split('\t');
    return { method: method as GatewayRoute['method'], path: path!, unit: unit as FrontUnit };
  });
const settled = ENDPOINT_TABLE.filter((endpoint) => endpoint.source !== 'unstable');
const compiled = compileGatewayRoutes(settled);
const whole = compileGatewayRoutes(ENDPOINT_TABLE);

describe('gateway route compiler', () => {
  test('is no larger than the reference set', () => {
    assert.ok(compiled.length <= reference.length, `${compiled.length} routes, reference ${reference.length}`);
    const [ours, theirs] = [gatewayResources(compiled).length, gatewayResources(reference).length];
    assert.ok(ours <= theirs, `${ours} resources, reference ${theirs}`);
  });

  test('is equivalent to the reference set on every endpoint', () => {
    const sample = fc
      .constantFrom(...settled)
      .chain((endpoint) => fc.constantFrom(...endpoint.paths).chain((template) => samplesOf(endpoint, template)));
    for (const endpoint of settled) {
      for (const path of endpoint.paths.map(inertPath)) {
        const unit = matchGatewayRoute(reference, endpoint.method, path)?.unit;
        assert.equal(matchGatewayRoute(compiled, endpoint.method, path)?.unit, unit, `${endpoint.method} ${path}`);
      }
    }
    fc.assert(
      fc.property(sample, ({ endpoint, path }) => {
        const unit = matchGatewayRoute(reference, endpoint.method, path)?.unit;
        assert.equal(matchGatewayRoute(compiled, endpoint.method, path)?.unit, unit, `${endpoint.method} ${path}`);
      }),
      { numRuns: 2000 },
    );
  });

  test('stays far below the quota of 300 resources with the proposals in it', () => {
    assert.ok(gatewayResources(whole).length <= 130, String(gatewayResources(whole).length));
  });

  test('keeps the rules of REST APIs: one variable child per resource, of one name, and greedy only at the end', () => {
    assertRestRules(whole);
    assert.equal(new Set(whole.map((route) => `${route.method} ${route.path}`)).size, whole.length);
  });

  test('places any part of the table right, and never needs more for a part than for the whole', () => {
    fc.assert(
      fc.property(fc.subarray([...ENDPOINT_TABLE]), (part) => {
        const routes = compileGatewayRoutes(part);
        assert.ok(gatewayResources(routes).length <= gatewayResources(whole).length);
        for (const endpoint of part) {
          for (const path of endpoint.paths.map(inertPath)) {
            assert.equal(matchGatewayRoute(routes, endpoint.method, path)?.unit, endpoint.serves, path);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('places any tree of templates right, whatever overlaps', () => {
    const segment = fc.constantFrom('a', 'b', '{x}', '{y}');
    const endpoint = fc.record({
      method: fc.constantFrom('GET' as const, 'PUT' as const),
      path: fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/m/${segments.join('/')}`),
      serves: fc.constantFrom<FrontUnit>('client', 'media', 'keys'),
    });
    fc.assert(
      fc.property(fc.array(endpoint, { minLength: 1, maxLength: 8 }), (drawn) => {
        const trie = new PathTrie<FrontUnit>();
        const shapes = new Set<string>();
        const endpoints = drawn.filter(({ method, path, serves }) => {
          const shape = path.replaceAll('{y}', '{x}');
          if (shapes.has(`${method} ${shape}`)) return false;
          shapes.add(`${method} ${shape}`);
          trie.add(method, shape, serves);
          return true;
        });
        const routes = compileGatewayRoutes(endpoints.map((one) => ({ ...one, paths: [one.path] })));
        for (const { method, path } of endpoints) {
          for (const request of fillings(path, ['a', 'b', 'c'])) {
            const unit = trie.match(method, request)?.value;
            assert.equal(matchGatewayRoute(routes, method, request)?.unit, unit, `${method} ${request}`);
          }
        }
        assertRestRules(routes);
      }),
      { numRuns: 500 },
    );
  });

  test('separates methods of one path where units differ', () => {
    const routes = compileGatewayRoutes([
      { method: 'GET', paths: ['/a/{id}'], serves: 'media' },
      { method: 'PUT', paths: ['/a/{id}'], serves: 'login' },
      { method: 'DELETE', paths: ['/a/{id}'], serves: 'client' },
    ]);
    assert.deepEqual(
      ['GET', 'PUT', 'DELETE', 'OPTIONS'].map((method) => matchGatewayRoute(routes, method, '/a/x')?.unit),
      ['media', 'login', 'client', 'client'],
    );
  });

  test('refuses one method and path with two units', () => {
    const twice = [
      { method: 'GET' as const, paths: ['/a/{id}'], serves: 'media' as const },
      { method: 'GET' as const, paths: ['/a/{name}'], serves: 'login' as const },
    ];
    assert.throws(() => compileGatewayRoutes(twice), /GET \/a\/\{name\} belongs to media and to login/);
    assert.throws(() => compileGatewayRoutes([{ method: 'GET', paths: ['/{a}'], serves: 'media' }]), /\/\{a\} stands/);
  });
});

function assertRestRules(routes: GatewayRoute[]): void {
  const variables = new Map<string, Set<string>>();
  for (const path of gatewayResources(routes)) {
    const segments = path.split('/').slice(1);
    segments.forEach((segment, index) => {
      if (!segment.startsWith('{')) return;
      if (segment === '{proxy+}') assert.equal(index, segments.length - 1, path);
      const parent = segments.slice(0, index).join('/');
      variables.set(parent, (variables.get(parent) ?? new Set()).add(segment));
    });
  }
  for (const [parent, names] of variables) assert.equal(names.size, 1, `/${parent}: ${[...names]}`);
}

/** A template with each parameter replaced by each value, in every combination. */
function fillings(template: string, values: string[]): string[] {
  return /\{/.test(template)
    ? values.flatMap((value) => fillings(template.replace(/\{[^}]+\}/, value), values))
    : [template];
}

describe('gateway matching', () => {
  const routes: GatewayRoute[] = [
    { method: 'ANY', path: '/a/b', unit: 'login' },
    { method: 'GET', path: '/a/c', unit: 'keys' },
    { method: 'ANY', path: '/a/{id}', unit: 'media' },
    { method: 'ANY', path: '/a/b/{proxy+}', unit: 'sync' },
    { method: 'ANY', path: '/{proxy+}', unit: 'client' },
  ];
  const unit = (method: string, path: string) => matchGatewayRoute(routes, method, path)?.unit;

  test('prefers literals, then variables, then greedy segments', () => {
    assert.equal(unit('GET', '/a/b'), 'login');
    assert.equal(unit('GET', '/a/x'), 'media');
    assert.equal(unit('GET', '/a/b/c/d'), 'sync');
    assert.equal(unit('GET', '/a/x/y'), 'client');
    assert.equal(unit('GET', '/other'), 'client');
  });

  test('falls through from a resource that lacks the method', () => {
    assert.equal(unit('GET', '/a/c'), 'keys');
    assert.equal(unit('POST', '/a/c'), 'media');
  });

  test('keeps %2F inside a segment, and takes a slash at the end for nothing', () => {
    assert.equal(unit('GET', '/a/b%2Fc'), 'media');
    assert.equal(unit('GET', '/a/b/'), 'login');
    assert.equal(unit('GET', '/a/b?x=/a/c'), 'login');
    assert.equal(unit('GET', '/'), undefined);
  });
});
