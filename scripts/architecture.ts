// Writes docs/architecture.md from the unit declarations: `node scripts/architecture.ts`; `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PLACEMENTS, type Placement, taskGroups } from '../functions/placements.ts';
import { UNITS } from '../functions/units.ts';
import { ENDPOINT_TABLE } from '../lib/routing/endpoint-table.ts';
import { compileGatewayRoutes, gatewayResources } from '../lib/routing/gateway-routes.ts';
import { STREAM_NAMES } from '../lib/routing/stream-names.ts';
import type { Unit } from '../lib/routing/unit.ts';

export const PAGE = fileURLToPath(new URL('../docs/architecture.md', import.meta.url));

const units = Object.values(UNITS);

/** The whole page. */
export function architecturePage(): string {
  return `${[intro(), diagram(), unitTable(), streamTable(), routes(), placements(), how()].join('\n\n')}\n`;
}

function intro(): string {
  return `# Architecture

<!-- Written by scripts/architecture.ts from functions/*/unit.ts and lib/routing: change those, then run it again. -->

Myelin is one homeserver cut into ${units.length} *units*. A unit is what can be deployed, scaled and replaced on its own: a
Lambda that answers requests and keeps nothing, a task that lives long, or a job that runs once. Everything shares one
PostgreSQL; Redis carries what is new between processes, and S3 holds media. \`npm start\` runs every unit in one process.`;
}

function diagram(): string {
  const lines = [
    'flowchart TB',
    '  world([clients and other servers]) --> gateway{{API Gateway}}',
    ...group('fronts', 'answer requests', (unit) => unit.routes.length > 0),
    ...group(
      'writers',
      'own streams',
      (unit) => unit.routes.length === 0 && unit.streamsWritten.length > 0 && !sends(unit),
    ),
    ...group(
      'workers',
      'follow streams',
      (unit) => unit.routes.length === 0 && (sends(unit) || unit.streamsWritten.length === 0) && unit.kind === 'task',
    ),
    '  database[(PostgreSQL)]',
    '  redis[(Redis)]',
    '  s3[(S3)]',
    ...units.filter((unit) => unit.routes.length > 0).map((unit) => `  gateway --> ${id(unit)}`),
    ...units.flatMap((unit) => frontsOf(unit).map((front) => `  ${front} -- writes --> ${id(unit)}`)),
    '  fronts & writers & workers --- database',
    '  writers -. rows .-> redis',
    `  redis -. rows .-> ${units
      .filter((unit) => unit.streamsFollowed.length > 1)
      .map(id)
      .join(' & ')}`,
    `  ${units
      .filter((unit) => unit.needs.includes('s3'))
      .map(id)
      .join(' & ')} --- s3`,
  ];
  return `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\``;
}

function group(name: string, title: string, takes: (unit: Unit) => boolean): string[] {
  const nodes = units.filter(takes).map((unit) => `    ${id(unit)}[${unit.name}<br>${shape(unit)}]`);
  return [`  subgraph ${name} [${title}]`, ...nodes, '  end'];
}

/** Follows streams in order to send them on; what it appends to is its own bookkeeping. */
function sends(unit: Unit): boolean {
  return unit.streamsFollowed.length > 1;
}

/** The fronts that hand writes to a unit. */
function frontsOf(unit: Unit): string[] {
  return [...new Set(unit.writesFor.map((endpoint) => endpoint.serves))];
}

/** A name that mermaid takes for a node. */
function id(unit: Unit): string {
  return unit.name.replaceAll('-', '_');
}

function shape(unit: Unit): string {
  if (unit.kind !== 'task') return unit.kind;
  return unit.shardedBy
    ? `task, by ${unit.shardedBy}`
    : unit.instances === 'singleton'
      ? 'task, one at a time'
      : 'task';
}

function unitTable(): string {
  const rows = units.map((unit) => [
    `[${unit.name}](../functions/${unit.name}/unit.ts)`,
    unit.does,
    shape(unit),
    unit.replaces.join('; '),
    String(unit.routes.length || '–'),
    list(unit.streamsWritten),
    unit.needs.join(', '),
    String(unit.memoryMiB),
    unit.scaling.min === unit.scaling.max
      ? String(unit.scaling.max)
      : `${unit.scaling.min}–${unit.scaling.max} (${unit.scaling.signal})`,
  ]);
  const head = [
    'unit',
    'what it does',
    'kind',
    'replaces in Synapse',
    'endpoints',
    'writes',
    'needs',
    'MiB',
    'instances',
  ];
  return `## Units\n\n${table(head, rows)}`;
}

function streamTable(): string {
  const rows = STREAM_NAMES.map((stream) => [
    stream,
    list(units.filter((unit) => unit.streamsWritten.includes(stream)).map((unit) => unit.name)),
    list(units.filter((unit) => unit.streamsFollowed.includes(stream)).map((unit) => unit.name)),
  ]);
  return `## Streams

A stream is an ordered list of rows with one writer. Readers hear of new rows through Redis and catch up from PostgreSQL.

${table(
  ['stream', 'written by', 'followed by'],
  rows.map(([stream, writer, readers]) => [stream!, writer === '–' ? 'any unit' : writer!, readers!]),
)}`;
}

function routes(): string {
  const compiled = compileGatewayRoutes(ENDPOINT_TABLE);
  const rows = units
    .filter((unit) => unit.routes.length > 0)
    .map((unit) => [
      unit.name,
      String(unit.routes.length),
      String(compiled.filter((route) => route.unit === unit.name).length),
      compiled
        .filter((route) => route.unit === unit.name)
        .slice(0, 3)
        .map((route) => `\`${route.path}\``)
        .join(', '),
    ]);
  return `## Routes

${ENDPOINT_TABLE.length} endpoints, known by ${ENDPOINT_TABLE.reduce((sum, endpoint) => sum + endpoint.paths.length, 0)} paths with their older versions, need ${compiled.length} routes on ${gatewayResources(compiled).length} resources of an API
Gateway REST API (its quota is 300). What no route takes goes to \`client\`, which has the whole router.

${table(['unit', 'endpoints', 'routes', 'for example'], rows)}`;
}

function placements(): string {
  const rows = Object.entries(PLACEMENTS).map(([name, placement]) => [name, groups(placement)]);
  return `## Placements

A placement says how task units share tasks; Lambdas need none.

${table(['placement', 'tasks'], rows)}`;
}

function groups(placement: Placement): string {
  return taskGroups(placement)
    .map(({ name, units: members, count }) => {
      const label = members.length === 1 && members[0] === name ? name : `${name} (${members.join(', ')})`;
      return count === 1 ? label : `${label} × ${count}`;
    })
    .join('; ');
}

function how(): string {
  return `## Where things are

- [functions/](../functions): a folder per unit with its declaration and its entry; \`functions/task\` runs any task units
  that \`UNITS\` names, \`functions/local\` all of them.
- [lib/routing](../lib/routing): the worker table, every endpoint with its unit, the resolver, the gateway route compiler.
- [lib/api](../lib/api): one file per endpoint. Handlers take a web-standard request; adapters bring it from a socket, from
  a Lambda event or from the same process.
- [CONTRIBUTING.md](../CONTRIBUTING.md) says where a new line of code goes.`;
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : '–';
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (import.meta.main) {
  const page = architecturePage();
  if (process.argv.includes('--check')) {
    if (readFileSync(PAGE, 'utf8') !== page) {
      console.error('docs/architecture.md is out of date: run node scripts/architecture.ts');
      process.exitCode = 1;
    }
  } else {
    writeFileSync(PAGE, page);
  }
}
