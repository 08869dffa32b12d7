import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ENDPOINT_TABLE } from '../../lib/routing/endpoint-table.ts';
import { matchGatewayRoute } from '../../lib/routing/gateway-match.ts';
import { compileGatewayRoutes } from '../../lib/routing/gateway-routes.ts';
import { resolve, unitOf } from '../../lib/routing/resolve.ts';
import { TABLE_EXCEPTIONS } from '../../lib/routing/table-exceptions.ts';
import { parseUnitSplit, type UnitSplit } from '../../lib/routing/unit-names.ts';
import { inertPath, WORKER_TABLE, type WorkerRoute, workerRoutesOf } from '../../lib/routing/worker-table.ts';
import { parameterCount, samplesOf } from './arbitraries.ts';
import { rankedRoute } from './ranked-route.ts';

const routes = compileGatewayRoutes(ENDPOINT_TABLE);
const RUNS_PER_PARAMETER = 60;
const excepted = new Set(TABLE_EXCEPTIONS.flatMap((exception) => exception.routes));

/** A pattern agrees when it names the same front, and for writes no writer that the endpoint lacks. */
function agrees(route: WorkerRoute, method: string, unit: UnitSplit): boolean {
  if (route.serves !== unit.serves) return false;
  return method === 'GET' || route.writes.every((writer) => unit.writes.includes(writer));
}

describe('P2: the gateway routes and the worker table place every request alike', () => {
  test('every endpoint, version and generated parameter', () => {
    for (const endpoint of ENDPOINT_TABLE) {
      for (const template of endpoint.paths) {
        const numRuns = 1 + RUNS_PER_PARAMETER * parameterCount(template);
        fc.assert(
          fc.property(samplesOf(endpoint, template), ({ path, values }) => {
            // A parameter that reads like a literal may make it another endpoint's path: then that one counts.
            const found = resolve(endpoint.method, path);
            assert.ok(found, `${endpoint.method} ${path} finds no endpoint`);
            const gateway = matchGatewayRoute(routes, endpoint.method, path)?.unit;
            assert.equal(gateway, found.unit, `${endpoint.method} ${path} at the gateway`);
            assert.equal(rankedRoute(routes, endpoint.method, path)?.unit, gateway, `${path} depends on ranking`);
            assert.equal(unitOf(endpoint.method, path), gateway);
            if (found.endpoint === endpoint) {
              assert.deepEqual(Object.values(found.params), values.map(decodeURIComponent));
            }
            for (const route of WORKER_TABLE) {
              if (!route.meets(endpoint.method, path) || agrees(route, endpoint.method, found.endpoint)) continue;
              assert.ok(excepted.has(route.id), `entry ${route.id} disagrees about ${endpoint.method} ${path}`);
            }
          }),
          { numRuns },
        );
      }
    }
  });

  test('with parameters that steer nothing, no entry of the page disagrees', () => {
    for (const endpoint of ENDPOINT_TABLE) {
      for (const template of endpoint.paths) {
        for (const route of workerRoutesOf(endpoint.method, template)) {
          assert.ok(agrees(route, endpoint.method, endpoint), `entry ${route.id} and ${endpoint.method} ${template}`);
        }
      }
    }
  });

  test('every entry of the page that meets endpoints leads to the unit the page says', () => {
    const dead: number[] = [];
    for (const route of WORKER_TABLE) {
      const met = ENDPOINT_TABLE.flatMap((endpoint) =>
        endpoint.paths.map((path) => ({ method: endpoint.method, path: inertPath(path) })),
      ).filter(({ method, path }) => route.meets(method, path));
      if (met.length === 0) dead.push(route.id);
      for (const { method, path } of met) {
        assert.equal(matchGatewayRoute(routes, method, path)?.unit, route.serves, `entry ${route.id}: ${path}`);
      }
    }
    // Entry 30 is the abandoned history import; its unit is the fallback, which answers 404.
    assert.deepEqual(dead, [30]);
    const importPath = '/_matrix/client/unstable/org.matrix.msc2716/rooms/!r:x/batch_send';
    assert.equal(matchGatewayRoute(routes, 'POST', importPath)?.unit, WORKER_TABLE[29]?.serves);
  });

  test('each exception is real: its example is met by its entries, and the template decides otherwise', () => {
    for (const { routes: ids, example } of TABLE_EXCEPTIONS) {
      const met = WORKER_TABLE.filter((route) => ids.includes(route.id) && route.meets(example.method, example.path));
      assert.ok(met.length > 0, example.path);
      const page = parseUnitSplit(example.page);
      const ours = parseUnitSplit(example.ours);
      for (const route of met) assert.deepEqual({ serves: route.serves, writes: route.writes }, page, example.path);
      const found = resolve(example.method, example.path);
      assert.deepEqual({ serves: found?.endpoint.serves, writes: found?.endpoint.writes }, ours, example.path);
      assert.ok(met.every((route) => !agrees(route, example.method, ours)));
    }
  });
});
