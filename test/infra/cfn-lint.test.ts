// The templates under AWS's own linter; skipped, with the reason, where it cannot be installed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import local from '../../infra/stages/local.ts';
import { dev, prod, type Stage, staging } from '../../infra/stages.ts';
import { synthesize } from './kit.ts';
import { pythonTool } from './python-tool.ts';

const tool = await pythonTool('cfn-lint==1.58.0');
const skip = 'missing' in tool ? tool.missing : false;
if (skip) console.log(`The templates are not linted: ${skip}`);

const folder = mkdtempSync(join(tmpdir(), 'myelin-lint-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Findings as the linter writes them in JSON. */
interface Finding {
  Level: string;
  Rule: { Id: string };
  Message: string;
  Filename: string;
  Location: { Path?: (string | number)[] };
}

function lint(stages: readonly Stage[]): Promise<Finding[]> {
  const files = stages.flatMap((stage) =>
    Object.entries(synthesize(stage).templates).map(([name, template]) => {
      const file = join(folder, `${stage.name}-${name}.json`);
      writeFileSync(file, JSON.stringify(template));
      return file;
    }),
  );
  return new Promise((resolve, reject) => {
    const args = ['--regions', 'us-east-1', '--format', 'json', '--non-zero-exit-code', 'none', ...files];
    // By its module: the programs of an environment that was moved name its old place.
    const python = join((tool as { bin: string }).bin, 'python3');
    execFile(
      python,
      ['-c', 'import sys; from cfnlint.runner import main; sys.exit(main())', ...args],
      { maxBuffer: 1e8 },
      (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout || '[]') as Finding[])),
    );
  });
}

test('no template has an error for cfn-lint', { skip, timeout: 300_000 }, async (t) => {
  const found = await lint([dev, staging, prod, local]);
  const told = found.map(({ Level, Rule, Message, Filename, Location }) => {
    const place = `${Filename.split('/').at(-1)} ${(Location.Path ?? []).join('/')}`;
    return `${Level} ${Rule.Id} ${place}: ${Message}`;
  });
  const [errors, others] = [
    told.filter((one) => one.startsWith('Error')),
    told.filter((one) => !one.startsWith('Error')),
  ];
  for (const other of new Set(others.map((one) => one.split(':')[0]!.replace(/ [\w-]+\.json .*/, '')))) {
    t.diagnostic(`${other}: ${others.filter((one) => one.startsWith(other)).length} times`);
  }
  assert.deepEqual(errors, []);
});
