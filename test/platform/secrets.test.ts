import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { EnvironmentSecrets } from '../../lib/platform/adapters/environment-secrets.ts';
import { FileSecrets } from '../../lib/platform/adapters/file-secrets.ts';
import type { Secrets } from '../../lib/platform/secrets.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'myelin-secrets-'));
});
after(() => rm(directory, { recursive: true, force: true }));

/** What every adapter of the secrets port has to do; `set` puts a secret there from outside. */
function secretsSuite(name: string, make: () => { secrets: Secrets; set(name: string, value: string): Promise<void> }) {
  describe(`secrets: ${name}`, () => {
    test('gives what is there, without the line end of a file', async () => {
      const { secrets, set } = make();
      await set('signing.key', 'ed25519 a_1 key=');
      assert.equal(await secrets.get('signing.key'), 'ed25519 a_1 key=');
      assert.equal(await secrets.get('other'), undefined);
    });

    test('refuses names that are none', async () => {
      const { secrets } = make();
      for (const bad of ['', '..', '../passwd', 'a/b', '.hidden', 'a b', 'a\0']) {
        await assert.rejects(secrets.get(bad), /not the name of a secret/);
      }
    });
  });
}

secretsSuite('files', () => ({
  secrets: new FileSecrets(join(directory, 'files')),
  set: (name, value) => new FileSecrets(join(directory, 'files')).put(name, value),
}));

secretsSuite('environment', () => {
  const env: Record<string, string> = {};
  return {
    secrets: new EnvironmentSecrets(env),
    set: async (name, value) => {
      env[`MYELIN_SECRET_${name.toUpperCase().replace('.', '_')}`] = value;
    },
  };
});

test('stored secrets are for their owner only, replaced whole, without drafts', async () => {
  const folder = join(directory, 'modes');
  const secrets = new FileSecrets(folder);
  await secrets.put('k', 'one');
  await secrets.put('k', 'two');
  assert.equal(await secrets.get('k'), 'two');
  assert.equal((await stat(join(folder, 'k'))).mode & 0o777, 0o600);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.deepEqual(await readdir(folder), ['k']);
});

test('an environment variable may name a file', async () => {
  await writeFile(join(directory, 'mounted'), 'from a file\n');
  const secrets = new EnvironmentSecrets({ MYELIN_SECRET_K_FILE: join(directory, 'mounted') });
  assert.equal(await secrets.get('k'), 'from a file');
});
