// A line for each resource of each shape. What a resource is stands in the template (npx cdk synth), what a line is for is
// that nothing changes unseen: a hash that changed without a reason, a resource that went.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { dev, prod, type Stage, staging } from '../../infra/stages.ts';
import { synthesize } from './kit.ts';

const UPDATE = process.env['MYELIN_TEST_UPDATE_SNAPSHOTS'] === '1';

/** Without what changes with the code that is deployed, or with the day. */
function settled(value: unknown): string {
  return JSON.stringify(value, sortKeys)
    .replace(/\b[0-9a-f]{64}\b/g, 'HASH')
    .replace(/about \$\d+\.\d\d idle/g, 'about $N idle');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (!value || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function picture(stage: Stage): string {
  const { templates } = synthesize(stage);
  const lines = Object.entries(templates).flatMap(([stack, template]) => [
    `# ${stack}`,
    ...Object.entries((template['Resources'] ?? {}) as Record<string, { Type: string }>)
      .map(
        ([id, resource]) =>
          `${resource.Type} ${id} ${createHash('sha256').update(settled(resource)).digest('hex').slice(0, 8)}`,
      )
      .sort(),
    ...Object.keys((template['Outputs'] ?? {}) as object)
      .filter((name) => !name.startsWith('Exports'))
      .map((name) => `output ${name}`),
  ]);
  return `${lines.join('\n')}\n`;
}

describe('snapshots: nothing changes unseen (MYELIN_TEST_UPDATE_SNAPSHOTS=1 writes them anew)', () => {
  for (const [shape, stage] of [
    ['one', dev],
    ['small', staging],
    ['scaled', prod],
  ] as const) {
    test(shape, () => {
      const file = fileURLToPath(new URL(`./snapshots/${shape}.txt`, import.meta.url));
      const now = picture(stage);
      if (UPDATE) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, now);
      }
      assert.deepEqual(now.split('\n'), readFileSync(file, 'utf8').split('\n'));
    });
  }
});
