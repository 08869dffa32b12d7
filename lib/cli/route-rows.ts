import { allEndpoints } from '../api/index.ts';
import { ENDPOINT_TABLE } from '../routing/endpoint-table.ts';

/** An endpoint, who takes it, and whether this code answers it. */
export interface RouteRow {
  unit: string;
  /** Units that execute what it writes. */
  writers: readonly string[];
  method: string;
  path: string;
  answered: boolean;
}

/** Everything this code answers, older versions of a path included. */
function answered(): Set<string> {
  return new Set(
    allEndpoints.flatMap((endpoint) =>
      [endpoint.path, ...endpoint.aliases].map((path) => `${endpoint.method} ${unnamed(path)}`),
    ),
  );
}

/** Two templates are one route whatever their parameters are called. */
function unnamed(path: string): string {
  return path.replace(/\{[^}]*\}/g, '{}');
}

/** One row for each endpoint; with `aliases` one for each older version of its path too. */
export function routeRows({ aliases }: { aliases: boolean }): RouteRow[] {
  const there = answered();
  return ENDPOINT_TABLE.flatMap((endpoint) =>
    (aliases ? endpoint.paths : [endpoint.path]).map((path) => ({
      unit: endpoint.serves,
      writers: endpoint.writes,
      method: endpoint.method,
      path,
      answered: there.has(`${endpoint.method} ${unnamed(path)}`),
    })),
  );
}
