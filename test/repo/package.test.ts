import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { read } from './tree.ts';

interface Lock {
  packages: Record<string, { version?: string; resolved?: string; integrity?: string; inBundle?: boolean }>;
}

const lock = JSON.parse(read('package-lock.json')) as Lock;
/** What some packages carry inside themselves is under their own hash. */
const packages = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !entry.inBundle);
const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;

describe('packages', () => {
  test('the lock file says what, by hash, and not where from', () => {
    assert.ok(packages.length > 100);
    assert.deepEqual(
      packages.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path),
      [],
    );
    assert.deepEqual(
      packages.filter(([, entry]) => !entry.integrity?.startsWith('sha512-')).map(([path]) => path),
      [],
    );
    assert.doesNotMatch(read('package-lock.json'), /registry|\.tgz"/i);
  });

  test('the lock file fits the manifest', () => {
    const root = lock.packages[''] as Record<string, unknown>;
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      assert.deepEqual(root[kind], manifest[kind], kind);
    }
  });

  test('every optional package of a platform is in the lock file, so that npm ci takes it', () => {
    const missing = packages.flatMap(([path, entry]) =>
      Object.keys((entry as { optionalDependencies?: Record<string, string> }).optionalDependencies ?? {})
        .filter(
          (name) => !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
        )
        .map((name) => `${path}: ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  test('the packaged Nodes are one version, pinned', () => {
    const nodes = Object.entries(manifest['optionalDependencies'] ?? {}).filter(([name]) => name.startsWith('node-'));
    assert.ok(nodes.length >= 2);
    assert.match(nodes[0]?.[1] ?? '', /^24\.\d+\.\d+$/);
    assert.equal(new Set(nodes.map(([, version]) => version)).size, 1);
  });

  test('no package may run code when it is installed', () => {
    assert.match(read('.npmrc'), /^ignore-scripts=true$/m);
  });
});
