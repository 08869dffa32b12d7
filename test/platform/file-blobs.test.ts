import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FileBlobs } from '../../lib/platform/adapters/file-blobs.ts';
import { blobsSuite } from './blobs-suite.ts';

describe('blobs: files', () => {
  let directory: string;
  let blobs: FileBlobs;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'myelin-blobs-'));
    blobs = new FileBlobs(join(directory, 'media'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  blobsSuite(() => blobs);

  test('leaves no drafts behind, and nothing outside of its directory', async () => {
    assert.deepEqual(await readdir(join(directory, 'media/~drafts')), []);
    assert.deepEqual(await readdir(directory), ['media']);
  });

  test('files are for their owner only', async () => {
    await blobs.put('private', new Uint8Array(1), { contentType: 'a/b' });
    const [shard] = (await readdir(join(directory, 'media'))).filter((name) => /^~[0-9a-f]{3}$/.test(name));
    const folder = join(directory, 'media', shard!);
    const [file] = await readdir(folder);
    assert.equal((await stat(join(folder, file!))).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  test('removes drafts of a process that died long ago, not those of today', async () => {
    const drafts = join(directory, 'other/~drafts');
    await mkdir(drafts, { recursive: true });
    await writeFile(join(drafts, 'old'), 'x');
    await writeFile(join(drafts, 'new'), 'x');
    await utimes(join(drafts, 'old'), new Date(0), new Date(0));
    await new FileBlobs(join(directory, 'other')).put('a', new Uint8Array(1), { contentType: 'a/b' });
    assert.deepEqual(await readdir(drafts), ['new']);
  });
});
