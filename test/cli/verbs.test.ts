import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCli } from './run-cli.ts';

const cwd = mkdtempSync(join(tmpdir(), 'myelin-cli-'));
after(() => rmSync(cwd, { recursive: true, force: true }));

const modules = readdirSync(fileURLToPath(new URL('../../lib/cli/verbs/', import.meta.url)));
const verbs = modules.map((file) => file.replace(/\.ts$/, '').replace('-', ' '));

describe('help', () => {
  test('without a verb, and with --help, all verbs are listed', async () => {
    for (const args of [[], ['--help'], ['help']]) {
      const { code, stdout } = await runCli(args, { cwd });
      assert.equal(code, 0);
      for (const verb of verbs) assert.match(stdout, new RegExp(`^  ${verb}  `, 'm'), verb);
    }
  });

  test('each verb explains itself and its flags', async () => {
    for (const verb of verbs) {
      const { code, stdout, stderr } = await runCli([...verb.split(' '), '--help'], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(stdout, verb === 'start' ? /^Usage: npm start --/ : new RegExp(`^Usage: npm run myelin -- ${verb}`));
    }
  });

  test('no colours where nobody sees them', async () => {
    const { stdout } = await runCli(['--help'], { cwd, env: { NO_COLOR: '' } });
    assert.ok(!stdout.includes('\u001b'));
  });
});

describe('wrong words', () => {
  const cases: [string[], RegExp][] = [
    [['docter'], /no verb "docter"\. Did you mean "doctor"\?/],
    [['zzzzzz'], /no verb "zzzzzz"\. "npm run myelin" lists/],
    [['config'], /"config" goes with "config check", "config dump", "config keys"/],
    [['user', 'ad'], /Did you mean "user add"|"user" goes with "user add"/],
    [['doctor', '--prot', '1'], /Unknown option '--prot'/],
    [['user', 'add'], /Usage: npm run myelin -- user add NAME/],
    [['config', 'check', '--port'], /--port/],
  ];
  for (const [args, sentence] of cases) {
    test(args.join(' '), async () => {
      const { code, stdout, stderr } = await runCli(args, { cwd });
      assert.equal(code, 2);
      assert.match(stderr, sentence);
      assert.equal(stdout, '');
      assert.equal(stderr.trim().split('\n').length, 1, 'one line, no stack');
    });
  }
});

describe('config', () => {
  test('check says all that is wrong, each on a line', async () => {
    const file = join(cwd, 'bad.yaml');
    writeFileSync(file, 'serverNam: x\nlisten: {httpPort: abc}\n');
    const { code, stderr } = await runCli(['config', 'check', '--config', file, '--placement', 'huge'], { cwd });
    assert.equal(code, 1);
    assert.equal(stderr.trim().split('\n').length, 3);
    assert.match(stderr, /Did you mean serverName\?/);
    assert.match(stderr, /listen\.httpPort must be a whole number .*; it is "abc" \(from .*bad\.yaml\)/);
    assert.match(stderr, /placement must be one of .* \(from --placement\)/);
  });

  test('a myelin.yaml in the working directory counts, and flags win over it', async () => {
    const folder = mkdtempSync(join(cwd, 'usual-'));
    writeFileSync(join(folder, 'myelin.yaml'), 'serverName: file.example\nturn: {sharedSecret: hunter2}\n');
    const plain = await runCli(['config', 'dump', '--json'], { cwd: folder, env: { MYELIN_LOG_LEVEL: 'warn' } });
    const dump = JSON.parse(plain.stdout);
    assert.equal(dump.serverName, 'file.example');
    assert.equal(dump.log.level, 'warn');
    assert.doesNotMatch(plain.stdout, /hunter2/);
    const flagged = await runCli(['config', 'dump', '--server-name', 'flag.example'], { cwd: folder });
    assert.match(flagged.stdout, /^serverName: flag\.example$/m);
  });

  test('keys lists every key with its variable', async () => {
    const { code, stdout } = await runCli(['config', 'keys', 'listen'], { cwd });
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^listen\.httpPort\n {2}.+\n {2}a whole number between 0 and 65535; default: 8008; MYELIN_LISTEN_HTTP_PORT$/m,
    );
  });
});

describe('routes', () => {
  test('an endpoint stands beside its unit', async () => {
    const { code, stdout } = await runCli(['routes', 'keys/upload', '--json'], { cwd });
    assert.equal(code, 0);
    const rows = JSON.parse(stdout) as { unit: string; method: string; path: string }[];
    assert.deepEqual(
      rows.filter((row) => row.path === '/_matrix/client/v3/keys/upload').map(({ unit, method }) => ({ unit, method })),
      [{ unit: 'keys', method: 'POST' }],
    );
  });
});
