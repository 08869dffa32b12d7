// Runs the tests and reports on them; the last line is always "N passed, N failed, N skipped".
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { inspect, parseArgs, styleText } from 'node:util';
import { coverageFile, coveragePage, testedIn } from './coverage.ts';
import { ensureRedis } from './install-redis.ts';
import { root } from './runtime.mjs';

/** A test file may take this long before it counts as hanging. */
const longestFileMs = 8 * 60_000;
const outputKept = 6_000;
/** Folders whose tests are about what clients see, whatever the placement. */
const clientFolders = [
  'accounts',
  'admin',
  'e2ee',
  'media',
  'presence',
  'pushers',
  'rooms',
  'sync',
  'threepids',
  'timeline',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', short: 'h' },
    name: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    folder: { type: 'string', default: 'test' },
    file: { type: 'string' },
  },
});
if (values.help) {
  console.log('Usage: npm test [-- FILTER …] [--name PATTERN] [--jobs N]');
  console.log('  FILTER   only test files whose path holds one of these');
  console.log('  --name   only tests whose name matches');
  console.log('  --jobs   files at a time (2)');
  console.log('  --folder where the test files are (test)');
  console.log('  --file   this one, whatever it is called');
  process.exit(0);
}

const files = globSync(values.file ?? `${values.folder}/**/*.test.ts`, { cwd: root })
  .filter(
    (file) => positionals.length === 0 || positionals.some((filter) => file.includes(filter.replace(/^\.\//, ''))),
  )
  .sort();
if (files.length === 0) fail(`No test file holds ${positionals.join(' or ')} in its path.`);

try {
  ensureRedis();
} catch (error) {
  fail((error as Error).message);
}

// What the caller's own server is configured with is no concern of the tests.
for (const name of Object.keys(process.env)) {
  if (name.startsWith('MYELIN_') && !name.startsWith('MYELIN_TEST_')) delete process.env[name];
}
process.chdir(root);

// A run of everything writes docs/coverage.md: its tests note which endpoints they look into.
const whole =
  positionals.length === 0 && values.name === undefined && values.folder === 'test' && values.file === undefined;
const noted = whole ? mkdtempSync(join(tmpdir(), 'myelin-coverage-')) : undefined;
if (noted) process.env['MYELIN_TEST_COVERAGE'] = noted;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

interface Failed {
  name: string;
  text: string;
}
const failures = new Map<string, Failed[]>();
const output = new Map<string, string>();
const total = { passed: 0, failed: 0, skipped: 0 };
const started = Date.now();

await runAll(files, '');
// What clients see must be the same when every unit is a process's own, so their tests run once more.
const again = whole ? files.filter((file) => clientFolders.some((folder) => file.startsWith(`test/${folder}/`))) : [];
if (again.length > 0 && !stop.signal.aborted) {
  process.env['MYELIN_TEST_PLACEMENT'] = 'scaled';
  delete process.env['MYELIN_TEST_COVERAGE'];
  console.log('\nAgain, with every unit apart:');
  await runAll(again, ' (scaled)');
}

/** Runs test files and adds to what is known; `mark` tells one run's files from another's. */
async function runAll(list: string[], mark: string): Promise<void> {
  const stream = run({
    files: list,
    concurrency: Math.max(1, Number(values.jobs) || 2),
    timeout: longestFileMs,
    signal: stop.signal,
    ...(values.name === undefined ? {} : { testNamePatterns: [values.name] }),
  });
  const nameOf = (file: string | undefined) => (file === undefined ? 'tests' : relative(root, file)) + mark;
  const keep = (file: string | undefined, message: string) => {
    const name = nameOf(file);
    output.set(name, ((output.get(name) ?? '') + message).slice(-outputKept));
  };
  stream.on('test:stdout', (event) => keep(event.file, event.message));
  stream.on('test:stderr', (event) => keep(event.file, event.message));
  stream.on('test:diagnostic', (event) => {
    // Such as an error thrown after a test had ended; the rest is counts.
    if (event.level !== 'info' || event.message.startsWith('Error:')) keep(event.file, `${event.message}\n`);
  });

  // A failure inside a suite is told by the test itself; the suites around it only repeat it.
  stream.on('test:fail', (event) => {
    const error = event.details.error as Error & { failureType?: string; exitCode?: number; cause?: unknown };
    if (error.failureType === 'subtestsFailed' || event.skip !== undefined || event.todo !== undefined) return;
    const file = nameOf(event.file);
    const known = failures.get(file) ?? [];
    const outside = event.name === event.file;
    known.push({
      name: outside ? 'outside of its tests' : event.name,
      text: outside ? `it ended with exit code ${error.exitCode ?? '?'}` : textOf(error.cause ?? error),
    });
    failures.set(file, known);
  });

  stream.on('test:summary', (event) => {
    const counts = event.counts as typeof event.counts & { failed?: number };
    const failed = (counts.failed ?? 0) + counts.cancelled;
    const skipped = counts.skipped + counts.todo;
    if (event.file === undefined) {
      total.passed += counts.passed;
      total.failed += failed;
      total.skipped += skipped;
      return;
    }
    const parts = [`${counts.passed} passed`];
    if (failed > 0) parts.push(`${failed} failed`);
    if (skipped > 0) parts.push(`${skipped} skipped`);
    const sign = failed === 0 ? styleText('green', '✓') : styleText('red', '✗');
    const told = `${parts.join(', ')}, ${seconds(event.duration_ms)}`;
    console.log(`${sign} ${nameOf(event.file)}  ${styleText('dim', told)}`);
  });
  for await (const _ of stream);
}

for (const [file, list] of failures) {
  console.log(`\n${styleText('red', `✗ ${file}`)}`);
  for (const { name, text } of list) {
    console.log(`  ${styleText('bold', name)}`);
    console.log(indent(text, 4));
  }
  const written = output.get(file)?.trim();
  if (written) console.log(`  ${styleText('dim', 'what it wrote:')}\n${indent(written, 4)}`);
}

if (stop.signal.aborted) console.log('\nInterrupted.');
if (noted) {
  if (total.failed === 0 && failures.size === 0 && !stop.signal.aborted) {
    writeFileSync(coverageFile, coveragePage(testedIn(noted)));
  }
  rmSync(noted, { recursive: true, force: true });
}
const ran = total.passed + total.failed + total.skipped;
console.log(`\n${files.length + again.length} files, ${ran} tests, ${seconds(Date.now() - started)}`);
finish(total.failed === 0 && failures.size === 0 && !stop.signal.aborted);

/** The error with those lines of its stack that are ours. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
  return text.replace(/\n +at .*\(?node:.*/g, '');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function indent(text: string, width: number): string {
  return text.replace(/^/gm, ' '.repeat(width));
}

/** Nothing could be run at all; that is one failure. */
function fail(sentence: string): never {
  console.error(`✗ ${sentence}`);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}

function finish(good: boolean): void {
  // A file that ends badly outside of its tests is a failure too, though no test's.
  const failed = good ? 0 : Math.max(total.failed, 1);
  console.log(`${total.passed} passed, ${failed} failed, ${total.skipped} skipped`);
  process.exitCode = good ? 0 : 1;
}
