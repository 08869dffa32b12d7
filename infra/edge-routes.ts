import { UNITS } from '../functions/units.ts';
import { ENDPOINT_TABLE } from '../lib/routing/endpoint-table.ts';
import { compileGatewayRoutes, type GatewayRoute } from '../lib/routing/gateway-routes.ts';
import type { FrontUnit } from '../lib/routing/unit-names.ts';

const GREEDY = '/{proxy+}';

/** The routes of the gateway, as the tables have them. */
export const GATEWAY_ROUTES: readonly GatewayRoute[] = compileGatewayRoutes(ENDPOINT_TABLE);

/** A path pattern of the distribution, and the task unit that takes it. */
export interface EdgeRoute {
  pattern: string;
  unit: FrontUnit;
}

/**
 * What the distribution hands straight to the balancer: uploads beyond the gateway's 10 MB and polls beyond its 29 s pass
 * there. Only routes that a pattern of CloudFront can say exactly: whole paths, and everything below a whole path (its
 * `*` takes slashes too, so `/rooms/{roomId}/initialSync` is none and goes through the gateway, like administration).
 */
export const EDGE_ROUTES: readonly EdgeRoute[] = GATEWAY_ROUTES.filter(
  ({ unit, method, path }) =>
    UNITS[unit].kind === 'task' &&
    method === 'ANY' &&
    path.startsWith('/_matrix/') &&
    !path.replace(GREEDY, '').includes('{') &&
    !hasMoreSpecific(path),
).map(({ path, unit }) => ({ unit, pattern: path.replace(GREEDY, '/*') }));

/** Whether a route of another unit lies below a greedy one: then its pattern would take too much. */
function hasMoreSpecific(path: string): boolean {
  if (!path.endsWith(GREEDY)) return false;
  const above = path.slice(0, -GREEDY.length);
  return GATEWAY_ROUTES.some((route) => route.path !== path && route.path.startsWith(`${above}/`));
}
