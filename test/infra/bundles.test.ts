import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { unitNamesOf } from '../../functions/units.ts';
import { bundleBytes, bundleImage, bundleLambda, USED_OF_UNDICI } from '../../infra/bundle.ts';
import { read, sources } from '../repo/tree.ts';

/** Code of a Lambda, unpacked, what it loads only when asked for included. */
const MOST_BYTES = 2_500_000;

describe('the bundle of the image', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'myelin-bundle-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  await bundleImage(folder);

  test('has beside it every file that it looks for there', () => {
    const wanted = readdirSync(folder)
      .filter((name) => name.endsWith('.mjs'))
      .flatMap((name) => {
        const found = readFileSync(join(folder, name), 'utf8').matchAll(
          /new URL\(["'`]([^"'`]+)["'`],\s*import\.meta\.url\)/g,
        );
        return [...found].map((match) => match[1]!);
      });
    assert.ok(wanted.includes('./migrations/') && wanted.includes('./resolver-worker.mjs'), wanted.join());
    assert.deepEqual(
      wanted.filter((path) => !existsSync(join(folder, path))),
      [],
    );
  });

  test('has threads that start', async () => {
    const worker = new Worker(join(folder, 'resolver-worker.mjs'), {
      workerData: { url: 'postgres://127.0.0.1:1/none' },
    });
    try {
      const answer = await new Promise((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
        worker.postMessage({ id: 7, job: { groups: [] } });
      });
      assert.equal((answer as { id: number }).id, 7);
    } finally {
      await worker.terminate();
    }
  });
});

describe('bundles of Lambda units', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'myelin-lambdas-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of [...unitNamesOf('lambda'), 'watch']) {
    test(`${name} is small`, async () => {
      const made = await bundleLambda(name, join(folder, name), 'eu-west-1');
      const bytes = bundleBytes(made);
      assert.ok(bytes < MOST_BYTES, `${bytes} bytes of code`);
    });
  }

  test('have all of undici that is used', () => {
    const used = sources('lib', 'functions').flatMap((file) =>
      [...read(file).matchAll(/import \{([^}]*)\} from 'undici'/g)].flatMap((match) => match[1]!.split(',')),
    );
    const values = used.map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '));
    assert.ok(values.length > 0);
    for (const name of values) assert.ok(name in USED_OF_UNDICI, `${name} is not in the bundles`);
  });
});
