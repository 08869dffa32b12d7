import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { bundleImage } from '../../infra/bundle.ts';

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
