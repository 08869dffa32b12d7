import type { GatewayRoute } from '../../lib/routing/gateway-routes.ts';

/**
 * A second, independent reading of how API Gateway ranks routes: a full match before a greedy one, literals before
 * variables from the left, the longest greedy prefix, a named method before ANY. Written as a sort over all routes, so
 * that it shares nothing with the matcher that is tested.
 */
export function rankedRoute(routes: readonly GatewayRoute[], method: string, path: string): GatewayRoute | undefined {
  const segments = path.replace(/\/$/, '').split('/').slice(1);
  return routes
    .filter((route) => route.method === 'ANY' || route.method === method)
    .map((route) => ({ route, rank: rank(route, segments) }))
    .filter(({ rank }) => rank !== undefined)
    .toSorted((a, b) => (a.rank! < b.rank! ? 1 : -1))[0]?.route;
}

function rank(route: GatewayRoute, segments: string[]): string | undefined {
  const parts = route.path.split('/').slice(1);
  const greedy = parts.at(-1) === '{proxy+}';
  const fixed = greedy ? parts.slice(0, -1) : parts;
  if (greedy ? segments.length <= fixed.length : segments.length !== fixed.length) return undefined;
  if (!fixed.every((part, index) => part.startsWith('{') || part === segments[index])) return undefined;
  const literals = fixed.map((part) => (part.startsWith('{') ? '0' : '1')).join('');
  const length = String(fixed.length).padStart(2, '0');
  return `${greedy ? 0 : 1}${greedy ? length : ''}${literals}${route.method === 'ANY' ? 0 : 1}`;
}
