import type { TableEndpoint } from './endpoint-table.ts';
import { matchGatewayRoute } from './gateway-match.ts';
import { childrenOf, criticalRequests, newTemplateNode, plant, type TemplateNode } from './gateway-tree.ts';
import { segmentsOf } from './path-trie.ts';
import { FALLBACK_UNIT, type FrontUnit } from './unit-names.ts';

/** A method of a resource of an API Gateway REST API, and the unit that its integration calls. */
export interface GatewayRoute {
  method: 'ANY' | TableEndpoint['method'];
  /** `{name}` is one segment, `{proxy+}` at the end is one or more. */
  path: string;
  unit: FrontUnit;
}

/** What the compiler needs of an endpoint. */
export type GatewayEndpoint = Pick<TableEndpoint, 'method' | 'paths' | 'serves'>;

const GREEDY = '{proxy+}';

/** Everything that no other route takes: the fallback unit has the whole router. */
const FALLBACK_ROUTES: readonly GatewayRoute[] = [
  { method: 'ANY', path: `/${GREEDY}`, unit: FALLBACK_UNIT },
  { method: 'ANY', path: '/', unit: FALLBACK_UNIT },
];

/** Routes below a node, and the resources they take. */
interface Plan {
  routes: readonly GatewayRoute[];
  resources: number;
}

/**
 * The fewest REST API resources (and among those the fewest methods) that bring every endpoint to its unit, the fallback
 * last. REST rules: one variable child per resource, so no `{proxy+}` beside a `{name}` with routes of its own.
 *
 * @throws Error when one method and path has two units, or a path begins with a parameter (the fallback's place)
 */
export function compileGatewayRoutes(endpoints: Iterable<GatewayEndpoint>): GatewayRoute[] {
  const root = newTemplateNode();
  const units = new Set<FrontUnit>();
  for (const endpoint of endpoints) {
    units.add(endpoint.serves);
    for (const path of endpoint.paths) plant(root, endpoint.method, path, endpoint.serves);
  }
  if (root.variable) throw new Error(`${root.variable.path} stands where the fallback's {proxy+} must`);
  // The root's own greedy resource is the fallback's.
  const { routes } = new Planner(units).below(root, FALLBACK_UNIT, true);
  return [...routes.toSorted(byUnitAndPath), ...FALLBACK_ROUTES];
}

/** The resources that the routes need: each path and all its parents, the root included. */
export function gatewayResources(routes: Iterable<GatewayRoute>): string[] {
  const paths = new Set(['/']);
  for (const route of routes) {
    const segments = segmentsOf(route.path).filter((segment) => segment !== '');
    for (let length = 1; length <= segments.length; length++) paths.add(`/${segments.slice(0, length).join('/')}`);
  }
  return [...paths].sort();
}

/**
 * Dynamic programming over the tree of templates: what a node costs depends only on the unit that the nearest greedy
 * ancestor sends requests to (`inherited`), and on whether greedy resources are allowed below it.
 */
class Planner {
  readonly #units: ReadonlySet<FrontUnit>;
  readonly #plans = new Map<string, Plan>();

  constructor(units: ReadonlySet<FrontUnit>) {
    this.#units = units;
  }

  /** The cheapest routes for a node and all below it. */
  at(node: TemplateNode, inherited: FrontUnit, greedy: boolean): Plan {
    const key = `${node.path} ${inherited} ${greedy}`;
    const known = this.#plans.get(key);
    if (known) return known;
    let best = this.below(node, inherited, greedy);
    const greedyUnits = greedy && childrenOf(node).length > 0 ? [...this.#units] : [];
    for (const unit of greedyUnits) {
      if (unit === inherited) continue;
      const rest = this.below(node, unit, true);
      const route: GatewayRoute = { method: 'ANY', path: `${node.path}/${GREEDY}`, unit };
      const candidate = { routes: [route, ...rest.routes], resources: rest.resources + 1 };
      if (followsRestRules(candidate.routes) && cheaper(candidate, best)) best = candidate;
    }
    const routes = [...ownRoutes(node, inherited), ...best.routes];
    const plan = { routes, resources: routes.length > 0 ? best.resources + 1 : 0 };
    this.#plans.set(key, plan);
    return plan;
  }

  /**
   * The cheapest routes for the children of a node. Where a variable child has literal siblings, one's routes can take
   * the other's requests; such requests get an exact route, and doing without greedy resources is weighed as well.
   */
  below(node: TemplateNode, inherited: FrontUnit, greedy: boolean): Plan {
    const { variable } = node;
    const literals = [...node.literals.values()];
    if (!variable || literals.length === 0) {
      return join(childrenOf(node).map((child) => this.at(child, inherited, greedy)));
    }
    let best: Plan | undefined;
    for (const [forLiterals, forVariable] of [
      [greedy, greedy],
      [greedy, false],
      [false, greedy],
      [false, false],
    ] as const) {
      const rough = [
        ...literals.map((child) => this.at(child, inherited, forLiterals)),
        this.at(variable, inherited, forVariable),
      ];
      const routes = withExactRoutes(node, inherited, join(rough).routes);
      const plan = { routes, resources: resourcesBelow(node, routes) };
      if (followsRestRules(routes) && (!best || cheaper(plan, best))) best = plan;
    }
    return best!;
  }
}

/** The methods of one resource: ANY for the commonest unit, single methods for the others. */
function ownRoutes(node: TemplateNode, inherited: FrontUnit): GatewayRoute[] {
  return exactRoutes(node.path, node.targets, inherited);
}

function exactRoutes(
  path: string,
  targets: ReadonlyMap<TableEndpoint['method'], FrontUnit>,
  inherited: FrontUnit | undefined,
): GatewayRoute[] {
  const singles = (any: FrontUnit | undefined): GatewayRoute[] =>
    [...targets].filter(([, unit]) => unit !== any).map(([method, unit]) => ({ method, path, unit }));
  let best = singles(inherited);
  if (best.length === 0) return best;
  for (const unit of new Set(targets.values())) {
    const candidate: GatewayRoute[] = [{ method: 'ANY', path, unit }, ...singles(unit)];
    // ANY costs no more and takes preflights and HEAD along.
    if (candidate.length <= best.length && unit !== inherited) best = candidate;
  }
  return best;
}

/** Adds an exact route for every request below the node that the routes bring to a wrong unit. */
function withExactRoutes(
  node: TemplateNode,
  inherited: FrontUnit,
  routes: readonly GatewayRoute[],
): readonly GatewayRoute[] {
  const missed = new Map<string, Map<TableEndpoint['method'], FrontUnit>>();
  for (const { method, path, template, unit } of criticalRequests(node)) {
    if ((matchGatewayRoute(routes, method, path)?.unit ?? inherited) === unit) continue;
    missed.set(template, (missed.get(template) ?? new Map()).set(method, unit));
  }
  if (missed.size === 0) return routes;
  const added = [...missed].flatMap(([template, targets]) => {
    const all = routes.some((route) => route.path === template) ? undefined : exactRoutes(template, targets, undefined);
    return all ?? [...targets].map(([method, unit]) => ({ method, path: template, unit }));
  });
  // An exact ANY may take a method that fell through to the right unit: look again.
  return withExactRoutes(node, inherited, [...routes, ...added]);
}

/** API Gateway refuses a second variable child: `{proxy+}` beside `{name}`, or two names. */
function followsRestRules(routes: readonly GatewayRoute[]): boolean {
  const variables = new Map<string, string>();
  return gatewayResources(routes).every((path) => {
    const slash = path.lastIndexOf('/');
    const [parent, segment] = [path.slice(0, slash), path.slice(slash + 1)];
    if (!segment.startsWith('{')) return true;
    const first = variables.get(parent) ?? segment;
    variables.set(parent, first);
    return first === segment;
  });
}

function resourcesBelow(node: TemplateNode, routes: readonly GatewayRoute[]): number {
  return gatewayResources(routes).filter((path) => path.startsWith(`${node.path}/`) && path !== '/').length;
}

function join(plans: readonly Plan[]): Plan {
  return {
    routes: plans.flatMap((one) => one.routes),
    resources: plans.reduce((sum, one) => sum + one.resources, 0),
  };
}

function cheaper(a: Plan, b: Plan): boolean {
  return a.resources !== b.resources ? a.resources < b.resources : a.routes.length < b.routes.length;
}

function byUnitAndPath(a: GatewayRoute, b: GatewayRoute): number {
  const [left, right] = [`${a.unit} ${a.path} ${a.method}`, `${b.unit} ${b.path} ${b.method}`];
  return left < right ? -1 : Number(left > right);
}
