import { readFileSync } from 'node:fs';

/** Names and JSON types of what the specification gives an endpoint. */
export interface OpenApiFacts {
  query: [name: string, type: string][];
  body: [name: string, type: string][];
}

const NONE: OpenApiFacts = { query: [], body: [] };
const keyOf = (method: string, path: string) => `${method} ${path.replace(/\{\w+\}/g, '{}').replace(/\/$/, '')}`;
const pairs = (column: string | undefined): [string, string][] =>
  column === undefined || column === '-'
    ? []
    : column.split(',').map((pair) => {
        const cut = pair.lastIndexOf(':');
        return [pair.slice(0, cut), pair.slice(cut + 1)];
      });

const facts = new Map<string, OpenApiFacts>();
for (const line of readFileSync(new URL('openapi-facts.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)) {
  const [method = '', path = '', query, body] = line.split('\t');
  facts.set(keyOf(method, path), { query: pairs(query), body: pairs(body) });
}

/** How many operations the facts are of. */
export const operationCount = facts.size;

/** What the specification says of an endpoint; nothing where it is in none. */
export function openApiFacts(method: string, path: string): OpenApiFacts {
  return facts.get(keyOf(method, path)) ?? NONE;
}
