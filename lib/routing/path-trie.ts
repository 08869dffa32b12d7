/** What a request path met. */
export interface TrieMatch<T> {
  value: T;
  /** Path parameters as sent: still percent-encoded. */
  rawParams: Record<string, string>;
}

interface Entry<T> {
  value: T;
  names: readonly string[];
  /** The path may end in one more slash, or lack the one that the template ends in. */
  anySlash: boolean;
}

interface Node<T> {
  literals: Map<string, Node<T>>;
  variable: Node<T> | undefined;
  /** The variable segment that leads here may be empty. */
  maybeEmpty: boolean;
  entries: Map<string, Entry<T>>;
}

/** State events with an empty state key are addressed with or without the slash before it (client-server API, 10.5). */
const MAYBE_EMPTY = '{stateKey}';

/** Servers older than r0.1.2 of the server-server API put a slash at the end of every path. */
const SLASH_TOLERANT = ['/_matrix/federation/', '/_matrix/key/'];

/**
 * Path templates by segment, matched against raw paths: nothing is decoded before the path is cut at its slashes, so a
 * `%2F` stays inside its segment. A literal segment wins over a variable one, the leftmost difference deciding, and a
 * template without the method of the request does not hide one that has it.
 */
export class PathTrie<T> {
  readonly #root: Node<T> = newNode();
  #depth = 0;

  /**
   * @throws Error when the method and template are there already (parameter names do not tell templates apart).
   */
  add(method: string, template: string, value: T): void {
    const anySlash = template.endsWith('/') || SLASH_TOLERANT.some((prefix) => template.startsWith(prefix));
    const segments = segmentsOf(template.replace(/\/$/, ''));
    const names: string[] = [];
    let node = this.#root;
    for (const segment of segments) {
      if (segment.startsWith('{')) {
        names.push(segment.slice(1, -1));
        node.variable ??= newNode();
        node = node.variable;
        node.maybeEmpty ||= segment === MAYBE_EMPTY;
      } else {
        const next = node.literals.get(segment) ?? newNode();
        node.literals.set(segment, next);
        node = next;
      }
    }
    if (node.entries.has(method)) throw new Error(`${method} ${template} is there twice, parameter names aside`);
    node.entries.set(method, { value, names, anySlash });
    this.#depth = Math.max(this.#depth, segments.length + 1);
  }

  /** The value for a method and raw path; HEAD is answered by GET where it has no entry of its own. */
  match(method: string, rawPath: string): TrieMatch<T> | undefined {
    const segments = segmentsOf(rawPath);
    if (segments.length > this.#depth) return undefined;
    const methods = method === 'HEAD' ? ['HEAD', 'GET'] : [method];
    return walk(this.#root, segments, 0, [], (entries, values, slash) => {
      for (const one of methods) {
        const entry = entries.get(one);
        if (entry && (!slash || entry.anySlash)) return { value: entry.value, rawParams: named(entry.names, values) };
      }
      return undefined;
    });
  }

  /** Every method with a template that meets the path, with its value. */
  methods(rawPath: string): Map<string, T> {
    const found = new Map<string, T>();
    const segments = segmentsOf(rawPath);
    if (segments.length > this.#depth) return found;
    walk(this.#root, segments, 0, [], (entries, _values, slash) => {
      for (const [method, entry] of entries) {
        if ((!slash || entry.anySlash) && !found.has(method)) found.set(method, entry.value);
      }
      return undefined;
    });
    return found;
  }
}

type Visit<T, R> = (entries: Map<string, Entry<T>>, values: string[], slash: boolean) => R | undefined;

/** Visits the nodes that meet the segments, most specific first, until a visit answers. */
function walk<T, R>(
  node: Node<T>,
  segments: string[],
  at: number,
  values: string[],
  visit: Visit<T, R>,
): R | undefined {
  const segment = segments[at];
  if (segment === undefined) return visit(node.entries, values, false);
  const literal = node.literals.get(segment);
  if (literal) {
    const result = walk(literal, segments, at + 1, values, visit);
    if (result !== undefined) return result;
  }
  const last = at === segments.length - 1;
  if (node.variable && (segment !== '' || (last && node.variable.maybeEmpty))) {
    values.push(segment);
    const result = walk(node.variable, segments, at + 1, values, visit);
    if (result !== undefined) return result;
    values.pop();
  }
  return segment === '' && last ? visit(node.entries, values, true) : undefined;
}

/** The segments of a path or request target; what follows `?` is not part of the path. */
export function segmentsOf(rawPath: string): string[] {
  const query = rawPath.indexOf('?');
  return (query < 0 ? rawPath : rawPath.slice(0, query)).split('/').slice(1);
}

function named(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index]!]));
}

function newNode<T>(): Node<T> {
  return { literals: new Map(), variable: undefined, maybeEmpty: false, entries: new Map() };
}
