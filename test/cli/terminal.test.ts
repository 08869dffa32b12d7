import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { sentencesOf } from '../../lib/cli/failure.ts';
import { Closers } from '../../lib/cli/shutdown.ts';
import { columns, withProgress } from '../../lib/cli/terminal.ts';
import { ConfigError } from '../../lib/config/config.ts';

describe('progress', () => {
  test('nothing for two seconds, then a line now and then, never on standard output', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
    const written: string[] = [];
    t.mock.method(process.stderr, 'write', (text: string) => written.push(text) > 0);
    const { promise, resolve } = Promise.withResolvers<string>();
    const work = withProgress('Baking', promise);
    t.mock.timers.tick(1500);
    assert.equal(written.length, 0);
    t.mock.timers.tick(1000);
    assert.equal(written.length, 1);
    assert.match(written[0] ?? '', /Baking … \([23] s\)/);
    t.mock.timers.tick(5000);
    assert.ok(written.length >= 2);
    resolve('bread');
    assert.equal(await work, 'bread');
    const count = written.filter((text) => text.includes('Baking')).length;
    t.mock.timers.tick(10_000);
    await turn();
    assert.equal(written.filter((text) => text.includes('Baking')).length, count);
  });
});

describe('sentences', () => {
  test('an address in use', () => {
    const error = Object.assign(new Error('listen EADDRINUSE'), {
      code: 'EADDRINUSE',
      address: '127.0.0.1',
      port: 8008,
    });
    assert.deepEqual(sentencesOf(error), ['127.0.0.1:8008: something else listens there already']);
  });

  test('every mistake of a configuration', () => {
    assert.deepEqual(sentencesOf(new ConfigError(['a', 'b'])), ['a', 'b']);
  });

  test('the first of several failed connections, and what is no error', () => {
    assert.deepEqual(sentencesOf(new AggregateError([new Error('x'), new Error('y')])), ['x']);
    assert.deepEqual(sentencesOf('plain'), ['plain']);
  });
});

test('columns stand below each other, the last one free', () => {
  assert.deepEqual(
    columns([
      ['a', 'bb', 'c'],
      ['aaa', 'b', 'long text'],
    ]),
    ['a    bb  c', 'aaa  b   long text'],
  );
});

test('what was opened first is closed last, whatever fails', async () => {
  const order: string[] = [];
  const closers = new Closers();
  closers.add(() => order.push('first'));
  closers.add(() => Promise.reject(new Error('stuck')));
  closers.add(async () => order.push('last'));
  const failures = await closers.close();
  assert.deepEqual(order, ['last', 'first']);
  assert.equal(failures.length, 1);
  assert.deepEqual(await closers.close(), []);
});
