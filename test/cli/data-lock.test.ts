import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runningServer, takeDataLock } from '../../lib/cli/data-lock.ts';

const base = mkdtempSync(join(tmpdir(), 'myelin-lock-'));
after(() => rmSync(base, { recursive: true, force: true }));

const moduleUrl = new URL('../../lib/cli/data-lock.ts', import.meta.url).href;

/** A process that tries to take the lock, says so, and then sits there. */
function holder(directory: string) {
  const code = `
    const { takeDataLock } = await import(${JSON.stringify(moduleUrl)});
    try {
      const lock = await takeDataLock(${JSON.stringify(directory)});
      await lock.update({ url: 'http://there' });
      console.log('taken');
      setInterval(() => {}, 1000);
    } catch (error) {
      console.log('refused ' + error.message);
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const answer = once(child.stdout, 'data').then(([chunk]) => String(chunk).trim());
  return { child, answer };
}

describe('the lock of a data directory', () => {
  test('is refused to a second process, with the first one named', async () => {
    const directory = join(base, 'second');
    const first = holder(directory);
    assert.equal(await first.answer, 'taken');
    const running = await runningServer(directory);
    assert.equal(running?.pid, first.child.pid);
    assert.equal(running?.url, 'http://there');
    await assert.rejects(
      takeDataLock(directory),
      new RegExp(`Another Myelin is running on .* \\(pid ${first.child.pid}, http://there\\)`),
    );
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    assert.equal(await runningServer(directory), undefined);
    const lock = await takeDataLock(directory);
    await lock.release();
    assert.deepEqual(readdirSync(directory), []);
  });

  test('goes to one of many that find a killed one at the same moment', async () => {
    const directory = join(base, 'race');
    const killed = holder(directory);
    await killed.answer;
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');
    const holders = Array.from({ length: 6 }, () => holder(directory));
    const answers = await Promise.all(holders.map(({ answer }) => answer));
    for (const { child } of holders) child.kill('SIGKILL');
    assert.equal(answers.filter((answer) => answer === 'taken').length, 1, answers.join('\n'));
  });

  test('whose number another process has by now, or which is no lock, counts for nothing', async () => {
    const directory = mkdtempSync(join(base, 'stale-'));
    const file = join(directory, 'myelin.lock');
    writeFileSync(file, JSON.stringify({ pid: process.pid, identity: `${process.pid}-1` }));
    await (await takeDataLock(directory)).release();
    writeFileSync(file, '');
    const lock = await takeDataLock(directory);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await lock.release();
  });

  test('the directory is made, for its owner only', async () => {
    const directory = join(base, 'a/b');
    const lock = await takeDataLock(directory);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    await lock.release();
  });
});
