// Writes docs/coverage.md. `npm test` does it after a run of everything; by hand: node scripts/coverage.ts
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allEndpoints } from '../lib/api/index.ts';
import { ENDPOINT_TABLE, type TableEndpoint } from '../lib/routing/endpoint-table.ts';
import { root } from './runtime.mjs';

export const coverageFile = join(root, 'docs/coverage.md');

/** Parameter names aside: tables and handlers may call them differently. */
const shape = (method: string, path: string) => `${method} ${path.replace(/\{[^}]+\}/g, '{}').replace(/\/$/, '')}`;

const SECTIONS: [title: string, ...sources: TableEndpoint['source'][]][] = [
  ['Client-server, server-server and other APIs of the specification', 'openapi', 'prose'],
  ['Older endpoints that clients still call', 'legacy'],
  ['OAuth 2.0', 'oauth'],
  ['Unstable endpoints', 'unstable'],
  ['Administration', 'admin'],
  ['Beside the specification', 'ext'],
];

/** The page. `tested` holds methods and paths of the table, such as `GET /_matrix/client/v3/sync`. */
export function coveragePage(tested: ReadonlySet<string>): string {
  const answered = new Set(allEndpoints.flatMap((e) => [e.path, ...e.aliases].map((path) => shape(e.method, path))));
  const implemented = (e: TableEndpoint) => answered.has(shape(e.method, e.path));
  const isTested = (e: TableEndpoint) => implemented(e) && tested.has(`${e.method} ${e.path}`);
  const count = (of: readonly TableEndpoint[]) =>
    `${of.filter(implemented).length} of ${of.length} implemented, ${of.filter(isTested).length} tested`;
  const lines = [
    '# Endpoints',
    '',
    'Made by `npm test` (`scripts/coverage.ts`); not to be edited. An endpoint counts as tested when a test looks into the',
    'body of a successful answer, not at its status alone.',
    '',
    `${count(ENDPOINT_TABLE)}.`,
  ];
  for (const [title, ...sources] of SECTIONS) {
    const rows = ENDPOINT_TABLE.filter((e) => sources.includes(e.source));
    lines.push('', `## ${title}`, '', `${count(rows)}.`, '');
    lines.push('| Endpoint | Implemented | Tested | Unit |', '|---|---|---|---|');
    for (const e of rows) {
      const unit = [e.serves, ...e.writes].join(' → ');
      const cells = [`\`${e.method} ${e.path}\``, implemented(e) ? 'yes' : 'no', isTested(e) ? 'yes' : 'no', unit];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** What the tests of a run noted. */
export function testedIn(directory: string): Set<string> {
  const files = readdirSync(directory).filter((file) => file.endsWith('.txt'));
  return new Set(files.flatMap((file) => readFileSync(join(directory, file), 'utf8').split('\n').filter(Boolean)));
}

/** What the page says was tested when it was made. */
export function testedOnPage(page: string): Set<string> {
  return new Set([...page.matchAll(/^\| `([^`]+)` \| yes \| yes \|/gm)].map((match) => match[1] as string));
}

if (import.meta.main) {
  const directory = process.argv[2];
  const page = readFileSync(coverageFile, { encoding: 'utf8', flag: 'a+' });
  writeFileSync(coverageFile, coveragePage(directory ? testedIn(directory) : testedOnPage(page)));
}
