import type { GatewayRoute } from './gateway-routes.ts';
import { segmentsOf } from './path-trie.ts';

interface Resource {
  literals: Map<string, Resource>;
  variable: Resource | undefined;
  greedy: Resource | undefined;
  methods: Map<string, GatewayRoute>;
}

const trees = new WeakMap<readonly GatewayRoute[], Resource>();

/**
 * The route that an API Gateway REST API picks for a method and a raw path (a query may follow), or undefined where it
 * would answer by itself.
 *
 * As the service does: the most specific resource with the method, a literal segment before `{name}` before `{proxy+}`;
 * a resource without the method lets the request fall through to its siblings and to the greedy resources above it. A
 * slash at the end meets the same resource. `%2F` is no separator.
 */
export function matchGatewayRoute(
  routes: readonly GatewayRoute[],
  method: string,
  rawPath: string,
): GatewayRoute | undefined {
  let tree = trees.get(routes);
  if (!tree) {
    tree = grow(routes);
    trees.set(routes, tree);
  }
  const segments = segmentsOf(rawPath);
  if (segments.at(-1) === '') segments.pop();
  return find(tree, segments, 0, method);
}

function find(resource: Resource, segments: string[], at: number, method: string): GatewayRoute | undefined {
  const segment = segments[at];
  if (segment === undefined) return routeFor(resource, method);
  const literal = resource.literals.get(segment);
  return (
    (literal && find(literal, segments, at + 1, method)) ??
    (segment !== '' && resource.variable ? find(resource.variable, segments, at + 1, method) : undefined) ??
    (resource.greedy && routeFor(resource.greedy, method))
  );
}

function routeFor(resource: Resource, method: string): GatewayRoute | undefined {
  return resource.methods.get(method) ?? resource.methods.get('ANY');
}

function grow(routes: readonly GatewayRoute[]): Resource {
  const root = newResource();
  for (const route of routes) {
    let resource = root;
    for (const segment of segmentsOf(route.path)) {
      if (segment !== '') resource = child(resource, segment);
    }
    resource.methods.set(route.method, route);
  }
  return root;
}

function child(resource: Resource, segment: string): Resource {
  if (segment === '{proxy+}') {
    resource.greedy ??= newResource();
    return resource.greedy;
  }
  if (segment.startsWith('{')) {
    resource.variable ??= newResource();
    return resource.variable;
  }
  const next = resource.literals.get(segment) ?? newResource();
  resource.literals.set(segment, next);
  return next;
}

function newResource(): Resource {
  return { literals: new Map(), variable: undefined, greedy: undefined, methods: new Map() };
}
