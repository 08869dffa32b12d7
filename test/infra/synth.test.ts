// What somebody does who has just cloned the repository: the CDK's own command line, without an account.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CDK = join(ROOT, 'node_modules/.bin/cdk');
const output = mkdtempSync(join(tmpdir(), 'myelin-synth-'));
after(() => rmSync(output, { recursive: true, force: true }));

interface Ended {
  code: number | string | null;
  stdout: string;
  stderr: string;
}

function cdk(args: readonly string[]): Promise<Ended> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
  // Nobody is asked who we are, and nothing is told.
  Object.assign(env, { AWS_EC2_METADATA_DISABLED: 'true', HOME: output, CDK_DISABLE_CLI_TELEMETRY: 'true' });
  return new Promise((resolve) => {
    execFile(CDK, ['--no-notices', ...args], { cwd: ROOT, env, timeout: 180_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr }),
    );
  });
}

describe('npx cdk', () => {
  test('synthesises a stage without credentials, and says what it costs', { timeout: 200_000 }, async () => {
    const folder = join(output, 'cdk');
    const { code, stderr } = await cdk(['synth', '--quiet', '--output', folder]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Stage dev, idle: US dollars a month/);
    assert.match(stderr, /^ {2}total +\d+\.\d\d$/m);
    const templates = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
    const parts = ['data', 'edge', 'functions', 'network', 'objects', 'observability', 'tasks'];
    assert.deepEqual(
      templates.sort(),
      parts.map((part) => `myelin-dev-${part}.template.json`),
    );

    // The command line and the library belong together: an older one does not read what is made.
    const listed = await cdk(['ls', '--app', folder]);
    assert.equal(listed.code, 0, listed.stderr);
    assert.deepEqual(
      listed.stdout.trim().split('\n').sort(),
      parts.map((part) => `myelin-dev-${part}`),
    );
  });

  test('refuses a stage that is none in a sentence', { timeout: 200_000 }, async () => {
    const { code, stderr } = await cdk(['synth', '--quiet', '-c', 'stage=nowhere', '--output', join(output, 'none')]);
    assert.notEqual(code, 0);
    assert.match(stderr, /There is no stage "nowhere": dev, staging, prod, or a file infra\/stages\/nowhere\.ts/);
  });
});
