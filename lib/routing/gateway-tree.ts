import type { TableEndpoint } from './endpoint-table.ts';
import { segmentsOf } from './path-trie.ts';
import type { FrontUnit } from './unit-names.ts';

/** A resource that a gateway could have: one node of the tree of templates. */
export interface TemplateNode {
  /** Path up to here, with the variable names of the first template that came by: siblings share one. */
  path: string;
  literals: Map<string, TemplateNode>;
  variable: TemplateNode | undefined;
  /** Unit by method, of the endpoints exactly here. */
  targets: Map<TableEndpoint['method'], FrontUnit>;
}

export function newTemplateNode(path = ''): TemplateNode {
  return { path, literals: new Map(), variable: undefined, targets: new Map() };
}

export function childrenOf(node: TemplateNode): TemplateNode[] {
  return node.variable ? [...node.literals.values(), node.variable] : [...node.literals.values()];
}

/**
 * Adds an endpoint. A slash at the end counts for nothing: API Gateway has one resource for both forms.
 * @throws Error when the method and path belong to another unit already
 */
export function plant(root: TemplateNode, method: TableEndpoint['method'], path: string, unit: FrontUnit): void {
  let node = root;
  for (const segment of segmentsOf(path.replace(/\/$/, ''))) {
    if (segment.startsWith('{')) {
      node.variable ??= newTemplateNode(`${node.path}/${segment}`);
      node = node.variable;
    } else {
      const next = node.literals.get(segment) ?? newTemplateNode(`${node.path}/${segment}`);
      node.literals.set(segment, next);
      node = next;
    }
  }
  const had = node.targets.get(method) ?? unit;
  if (had !== unit) throw new Error(`${method} ${path} belongs to ${had} and to ${unit}`);
  node.targets.set(method, unit);
}

/** One request that a route set must place, and the exact resource that could take it. */
export interface CriticalRequest {
  method: TableEndpoint['method'];
  /** A path that meets `template` and nothing more specific. */
  path: string;
  template: string;
  unit: FrontUnit;
}

/**
 * Every request below a node that a route set could tell apart: each endpoint, with each parameter once as free text and
 * once as every literal that stands beside it. Which endpoint such a path belongs to is decided as resolve.ts does.
 */
export function criticalRequests(node: TemplateNode): CriticalRequest[] {
  const found: CriticalRequest[] = [];
  spread([node], freeText(node.path), node.path, found);
  return found;
}

/** @param nodes all nodes that the path meets, the most specific first */
function spread(nodes: readonly TemplateNode[], path: string, template: string, found: CriticalRequest[]): void {
  const units = new Map<TableEndpoint['method'], FrontUnit>();
  for (const node of nodes) for (const [method, unit] of node.targets) if (!units.has(method)) units.set(method, unit);
  for (const [method, unit] of units) found.push({ method, path, template, unit });
  for (const name of new Set(nodes.flatMap((node) => [...node.literals.keys()]))) {
    const next = nodes.flatMap((node) => [node.literals.get(name), node.variable]).filter((one) => one !== undefined);
    spread(next, `${path}/${name}`, `${template}/${name}`, found);
  }
  const next = nodes.map((node) => node.variable).filter((one) => one !== undefined);
  const [first] = next;
  if (first) spread(next, `${path}/${FREE_TEXT}`, `${template}/${segmentsOf(first.path).at(-1)}`, found);
}

const FREE_TEXT = 'xFREEx';

function freeText(template: string): string {
  return template.replace(/\{[^}]+\}/g, FREE_TEXT);
}
