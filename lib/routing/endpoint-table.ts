import type { BalanceHint } from './balance.ts';
import { parseRows } from './rows.ts';
import { ADMIN_ROWS } from './tables/admin.ts';
import { CLIENT_SERVER_ROWS } from './tables/client-server.ts';
import { OAUTH_ROWS } from './tables/oauth.ts';
import { SERVER_SERVER_ROWS } from './tables/server-server.ts';
import { SYNAPSE_ROWS } from './tables/synapse.ts';
import { UNSTABLE_ROWS } from './tables/unstable.ts';
import { type FrontUnit, parseUnitSplit, type UnitName } from './unit-names.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Where an endpoint comes from; `openapi` and `prose` are the Matrix specification. */
export type EndpointSource = 'openapi' | 'prose' | 'legacy' | 'oauth' | 'ext' | 'admin' | 'unstable';

/** How a request proves who it is. */
export type EndpointAuth = 'user' | 'optional' | 'none' | 'appservice' | 'federation' | 'secret' | 'admin';

/** One method and path that this server answers, under every version it is known by. */
export interface TableEndpoint {
  method: Method;
  /** Template as the specification writes it; `{name}` stands for one path segment. */
  path: string;
  /** The template and its older versions, e.g. `/_matrix/client/r0/…`. */
  paths: readonly string[];
  /** Unit that takes the request. */
  serves: FrontUnit;
  /** Units that execute what the request writes; empty for reads and for plain database writes. */
  writes: readonly UnitName[];
  auth: EndpointAuth;
  balance: BalanceHint;
  deprecated: boolean;
  source: EndpointSource;
  /** Operation ids of the specification; two where parameters alone tell two operations apart. */
  operations: readonly string[];
}

/** Columns: method, path, older versions, unit, auth, balance hint, deprecated, source, operations. */
const COLUMNS = 9;
const TABLES = [CLIENT_SERVER_ROWS, SERVER_SERVER_ROWS, OAUTH_ROWS, SYNAPSE_ROWS, ADMIN_ROWS, UNSTABLE_ROWS];
const VERSIONED = /^(\/_matrix\/(?:client|media))\/v\d+\//;

/** Every inbound endpoint, each method and path once. */
export const ENDPOINT_TABLE: readonly TableEndpoint[] = TABLES.flatMap((text) =>
  parseRows('endpoint table', text, COLUMNS).map(toEndpoint),
);

function toEndpoint(cells: string[]): TableEndpoint {
  const [
    method = '',
    path = '',
    versions = '',
    unit = '',
    auth = '',
    balance = '',
    age = '',
    source = '',
    operations = '',
  ] = cells;
  return {
    method: method as Method,
    path,
    paths: [path, ...list(versions).map((version) => path.replace(VERSIONED, `$1/${version}/`))],
    ...parseUnitSplit(unit),
    auth: auth as EndpointAuth,
    balance: balance === '-' ? 'any' : (balance as BalanceHint),
    deprecated: age === 'deprecated',
    source: source as EndpointSource,
    operations: list(operations),
  };
}

function list(cell: string): string[] {
  return cell === '-' ? [] : cell.split(',');
}

/** The endpoints a unit takes requests for. */
export function endpointsServedBy(unit: UnitName): readonly TableEndpoint[] {
  return ENDPOINT_TABLE.filter((endpoint) => endpoint.serves === unit);
}

/** The endpoints whose writes a unit executes. */
export function endpointsWrittenBy(unit: UnitName): readonly TableEndpoint[] {
  return ENDPOINT_TABLE.filter((endpoint) => endpoint.writes.includes(unit));
}
