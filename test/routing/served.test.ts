import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allEndpoints, endpointsOfUnits } from '../../lib/api/index.ts';
import { ENDPOINT_TABLE } from '../../lib/routing/endpoint-table.ts';
import { matchGatewayRoute } from '../../lib/routing/gateway-match.ts';
import { compileGatewayRoutes } from '../../lib/routing/gateway-routes.ts';
import { resolve, unitOf } from '../../lib/routing/resolve.ts';
import { FALLBACK_UNIT, FRONT_UNITS } from '../../lib/routing/unit-names.ts';
import { inertPath } from '../../lib/routing/worker-table.ts';

const ROUTES = compileGatewayRoutes(ENDPOINT_TABLE);

/** Parameter names aside: tables and handlers may call them differently. */
const shape = (template: string) => template.replace(/\{[^}]+\}/g, '{}').replace(/\/$/, '');

describe('endpoints that are answered', () => {
  test('are all in the routing table, under every version that it knows', () => {
    const missing: string[] = [];
    for (const endpoint of allEndpoints.filter((one) => !one.unlisted)) {
      const found = resolve(endpoint.method, inertPath(endpoint.path));
      if (!found) {
        missing.push(`${endpoint.method} ${endpoint.path} is not in the table`);
        continue;
      }
      const answered = new Set([endpoint.path, ...endpoint.aliases].map(shape));
      for (const path of found.endpoint.paths.filter((one) => !answered.has(shape(one)))) {
        missing.push(`${endpoint.method} ${path} is not among the aliases of ${endpoint.path}`);
      }
    }
    assert.deepEqual(missing, []);
  });

  test('are placed at one unit, whichever alias is asked for', () => {
    for (const endpoint of allEndpoints.filter((one) => !one.unlisted)) {
      const unit = unitOf(endpoint.method, inertPath(endpoint.path));
      // Aliases that the table doesn't know (old unstable prefixes) reach the fallback, which answers everything.
      const known = endpoint.aliases.filter((alias) => resolve(endpoint.method, inertPath(alias)));
      for (const alias of known) assert.equal(unitOf(endpoint.method, inertPath(alias)), unit, alias);
    }
  });

  test('are known to the unit that the gateway asks, listed or not', () => {
    const lost: string[] = [];
    for (const endpoint of allEndpoints) {
      for (const path of [endpoint.path, ...endpoint.aliases]) {
        const unit = matchGatewayRoute(ROUTES, endpoint.method, inertPath(path))?.unit ?? FALLBACK_UNIT;
        const units = unit === FALLBACK_UNIT ? FRONT_UNITS : [unit];
        if (!endpointsOfUnits(units).some((one) => one.endpoint === endpoint)) {
          lost.push(`${endpoint.method} ${path} comes to ${unit}`);
        }
      }
    }
    assert.deepEqual(lost, []);
  });
});
