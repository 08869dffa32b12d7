// Runs SyTest against this checkout and holds the result against test/conformance/sytest-passing.txt. SyTest itself and
// what it needs beside it (Perl modules, our plugin) are not kept here; name their folders.
//
//   npm run sytest -- --sytest DIR --support DIR [--work DIR] [--update] [SyTest options] [tests/FILE.pl ...]
//
// --update adds names that pass now; the list only grows. Exit code 1 when a listed test of this run did not pass.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const list = join(root, 'test/conformance/sytest-passing.txt');
const { values, positionals } = parseArgs({
  options: {
    sytest: { type: 'string' },
    support: { type: 'string' },
    work: { type: 'string' },
    update: { type: 'boolean', default: false },
    servers: { type: 'string', default: '2' },
    ports: { type: 'string', default: '8800:8899' },
  },
  allowPositionals: true,
});
if (!values.sytest || !values.support) {
  console.error('Name the SyTest checkout (--sytest DIR) and the folder of what it needs beside it (--support DIR).');
  process.exit(2);
}
const support = resolve(values.support);
const work = values.work ? resolve(values.work) : mkdtempSync(join(tmpdir(), 'myelin-sytest-'));
mkdirSync(work, { recursive: true });
const tap = join(work, 'results.tap');
const log = join(work, 'run.log');
console.log(`Running SyTest; its files are in ${work}`);
const options = `-I Myelin --like synapse --bind-host 127.0.0.1 --room-version 10 -O tap --all`.split(' ');
spawnSync(
  'perl',
  [
    '-MData::Dump::OfCopies',
    'run-tests.pl',
    ...options,
    ...['-d', root, '--work-directory', work, '--servers', values.servers, '-p', values.ports],
    ...['--command', 'node lib/cli/main.ts start --config {config}'],
    ...positionals,
  ],
  {
    cwd: values.sytest,
    stdio: ['ignore', openSync(tap, 'w'), openSync(log, 'w')],
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
      PERL5LIB: join(support, 'lib'),
      SYTEST_PLUGINS: join(support, 'plugins'),
      PERL_JSON_BACKEND: 'JSON::PP',
    },
  },
);
spawnSync('perl', [join(support, 'bin/results.pl'), tap, log, '--baseline', join(support, 'tests.tsv')], {
  stdio: 'inherit',
});

const passed = new Set();
const failed = new Set();
for (const line of readFileSync(tap, 'utf8').split('\n')) {
  const match = /^(ok|not ok) \d+ (?:\(expected fail\) )?(.*?)(?: # (?:todo|skip).*)?$/i.exec(line);
  if (!match || / # skip/i.test(line)) continue;
  (match[1] === 'ok' ? passed : failed).add(match[2]);
}
const known = new Set(readFileSync(list, 'utf8').split('\n').filter(Boolean));
const lost = [...known].filter((name) => failed.has(name) && !passed.has(name));
const gained = [...passed].filter((name) => !known.has(name) && !failed.has(name));
console.log(`\n${known.size} names in the list; ${gained.length} more pass now, ${lost.length} of the list failed.`);
for (const name of lost) console.log(`  no longer: ${name}`);
if (values.update && gained.length > 0) {
  writeFileSync(list, `${[...known, ...gained].sort().join('\n')}\n`);
  console.log(`Added ${gained.length} names to test/conformance/sytest-passing.txt.`);
}
process.exit(lost.length > 0 ? 1 : 0);
