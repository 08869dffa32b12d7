import { PAGE_HINTS, type PageHint } from './balance.ts';
import { parseRows } from './rows.ts';
import { WORKER_ROUTE_ROWS } from './tables/worker-routes.ts';
import { parseUnitSplit, type UnitSplit } from './unit-names.ts';

/** An entry of the worker page. */
export interface WorkerRoute extends UnitSplit {
  /** Its number on the page, from 1. */
  id: number;
  /** As written on the page: a regular expression, or a plain prefix (the media repository's). */
  pattern: string;
  kind: 'regex' | 'prefix';
  methods: 'ANY' | 'GET';
  /** Stream whose writer the entry names. */
  stream: string | undefined;
  hint: PageHint;
  app: string;
  section: string;
  /** The page repeats some entries: the id of the first. */
  repeats: number | undefined;
  /** Does the pattern meet the method and path? */
  meets(method: string, path: string): boolean;
}

const COLUMNS = 10;

/**
 * The worker regex table. It decides which unit answers an endpoint, and only ever meets templates (in tests and tools):
 * requests are placed by templates, see resolve.ts.
 */
export const WORKER_TABLE: readonly WorkerRoute[] = parseRows('worker table', WORKER_ROUTE_ROWS, COLUMNS).map(
  ([
    id = '',
    kind = '',
    methods = '',
    unit = '',
    stream = '',
    hint = '',
    app = '',
    section = '',
    repeats = '',
    pattern = '',
  ]) => {
    if (!PAGE_HINTS.includes(hint as PageHint)) throw new Error(`worker table, entry ${id}: unknown hint ${hint}`);
    const regex = kind === 'regex' ? new RegExp(pattern) : undefined;
    return {
      id: Number(id),
      pattern,
      kind: regex ? 'regex' : 'prefix',
      methods: methods === 'GET' ? 'GET' : 'ANY',
      ...parseUnitSplit(unit),
      stream: stream === '-' ? undefined : stream,
      hint: hint as PageHint,
      app,
      section,
      repeats: repeats === '-' ? undefined : Number(repeats),
      meets: (method, path) =>
        (methods === 'ANY' || methods === method) && (regex ? regex.test(path) : path.startsWith(pattern)),
    } satisfies WorkerRoute;
  },
);

/** A value that no literal segment and no pattern knows. */
const INERT = 'xINERTx';

/** A path of the template whose parameters can steer no pattern. */
export function inertPath(template: string): string {
  return template.replace(/\{[^}]+\}/g, INERT);
}

/** The entries of the worker page that meet an endpoint, whatever its parameters are. */
export function workerRoutesOf(method: string, template: string): WorkerRoute[] {
  return WORKER_TABLE.filter((route) => route.meets(method, inertPath(template)));
}
