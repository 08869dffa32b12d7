import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { callControl, controlSocket, serveControl } from '../../lib/cli/control.ts';
import { Failure } from '../../lib/cli/failure.ts';

const directory = mkdtempSync(join(tmpdir(), 'myelin-control-'));
after(() => rmSync(directory, { recursive: true, force: true }));

describe('control socket', () => {
  test('carries arguments, answers and sentences', async () => {
    const path = controlSocket(directory);
    // Left behind by a killed process.
    writeFileSync(path, '');
    const server = await serveControl(path, {
      add: async ({ a, b }: { a: number; b: number }) => ({ sum: a + b }),
      nothing: async () => undefined,
      fail: async () => {
        throw new Error('It cannot be.');
      },
    });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(await callControl(path, 'add', { a: 1, b: 2 }), { sum: 3 });
    assert.equal(await callControl(path, 'nothing', null), null);
    await assert.rejects(callControl(path, 'fail', {}), new Failure('It cannot be.'));
    await assert.rejects(callControl(path, 'toString', {}), /does not know "toString"/);
    await server.close();
    await assert.rejects(callControl(path, 'add', {}));
  });

  test('has an address that fits, however long the path', () => {
    const deep = `/${'x'.repeat(150)}`;
    assert.ok(Buffer.byteLength(controlSocket(deep)) <= 107);
    assert.equal(controlSocket(deep), controlSocket(deep));
    assert.notEqual(controlSocket(deep), controlSocket(`${deep}y`));
    assert.equal(controlSocket('/data'), '/data/control.sock');
  });
});
