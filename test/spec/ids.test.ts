import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  ALPHANUMERIC,
  isCompliantUserId,
  isDeviceId,
  isEventId,
  isHistoricalUserId,
  isRoomAlias,
  isRoomId,
  isServerName,
  isUserId,
  isValidLocalpart,
  localpartOf,
  parseUserId,
  randomDeviceId,
  randomEventId,
  randomRoomId,
  randomString,
  serverNameOf,
} from '../../lib/spec/ids.ts';

const HASH = 'CD66HAED5npg6074c6pDtLKalHjVfYb2q4Q3LZgrW6o';

describe('server names', () => {
  const good = [
    'matrix.org',
    'matrix.org:8888',
    '1.2.3.4',
    '1.2.3.4:1234',
    '[1234:5678::abcd]',
    '[1234:5678::abcd]:5678',
    'localhost',
    'A-b.C',
  ];
  const bad = ['', ':80', 'a:', 'a:123456', 'a:b', 'a b', 'a/b', 'a_b', 'ä.de', '[::1', '::1', '[x]', 'a\n', '[::1]80'];
  for (const name of good) test(`${name} is one`, () => assert.ok(isServerName(name)));
  for (const name of bad) test(`${JSON.stringify(name)} is none`, () => assert.ok(!isServerName(name)));
});

describe('user ids', () => {
  test('today’s and historical ones', () => {
    for (const id of ['@a:b', '@alice:example.org:8448', '@Alice:x', '@:x', '@a b:x', '@é:x', '@\n:x', '@a:[::1]:80']) {
      assert.ok(isUserId(id), id);
    }
    for (const id of ['', '@', 'a:b', '@a', '@a:', '@a\0:b', '@\ud800:b', '#a:b', '@a:b_c', '@a:b:c:d', 5, null]) {
      assert.ok(!isUserId(id), String(id));
    }
    assert.ok(isHistoricalUserId('@Alice:x') && isHistoricalUserId('@:x') && !isHistoricalUserId('@alice:x'));
    assert.ok(isCompliantUserId('@Alice!:x') && !isCompliantUserId('@:x') && !isCompliantUserId('@é:x'));
  });
  test('localparts of new users', () => {
    for (const localpart of ['a', '0', 'a.b_c=d-e/f+g']) assert.ok(isValidLocalpart(localpart), localpart);
    for (const localpart of ['', 'A', 'é', 'a b', 'a:b', '*', 'a\n'])
      assert.ok(!isValidLocalpart(localpart), localpart);
  });
  test('at most 255 bytes, not characters', () => {
    assert.ok(isUserId(`@${'a'.repeat(252)}:x`));
    assert.ok(!isUserId(`@${'a'.repeat(253)}:x`));
    assert.ok(isUserId(`@${'é'.repeat(126)}:x`));
    assert.ok(!isUserId(`@${'é'.repeat(127)}:x`));
    assert.ok(!isUserId(`@${'日'.repeat(85)}:x`));
  });
  test('parse and print', () => {
    const localpart = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .filter((s) => !/[:\0]/.test(s) && s.isWellFormed());
    const server = fc.constantFrom('a.test', 'a.test:8448', '[::1]', '[::1]:80', '127.0.0.1:1');
    fc.assert(
      fc.property(localpart, server, (local, serverName) => {
        const id = `@${local}:${serverName}`;
        fc.pre(Buffer.byteLength(id) <= 255);
        assert.deepEqual(parseUserId(id), { localpart: local, serverName });
        assert.equal(localpartOf(id), local);
        assert.equal(serverNameOf(id), serverName);
      }),
    );
    assert.equal(parseUserId('@a'), undefined);
  });
});

describe('other ids', () => {
  test('room ids with and without server', () => {
    for (const id of ['!a:b', '!é:b', `!${HASH}`, '!Nhcu5BS-UMnFX7hBVfVSoXiD7OgH6iRT-xyIuqDnpYQ'])
      assert.ok(isRoomId(id), id);
    for (const id of ['!', '!a', '!:b', '!a:', `!${HASH}x`, `!${HASH.slice(1)}`, `$${HASH}`, '!a\0:b', '', null]) {
      assert.ok(!isRoomId(id), String(id));
    }
    assert.equal(serverNameOf(`!${HASH}`), undefined);
    assert.equal(serverNameOf('!a:b:80'), 'b:80');
    assert.equal(localpartOf(`!${HASH}`), HASH);
  });
  test('aliases', () => {
    assert.ok(isRoomAlias('#a:b') && isRoomAlias('#ä b:b'));
    for (const alias of ['#:b', '#a', '@a:b', '#a\0:b', `#${'a'.repeat(253)}:b`]) assert.ok(!isRoomAlias(alias), alias);
  });
  test('event ids of all versions', () => {
    for (const id of ['$a:b', `$${HASH}`, '$acR1l0raoZnm60CBwAVgqbZqoO/mYU81xysh1u7XcJk']) assert.ok(isEventId(id), id);
    for (const id of ['', '$', 'a', `!${HASH}`, `$${'a'.repeat(255)}`, '$\ud800', 5])
      assert.ok(!isEventId(id), String(id));
  });
  test('device ids', () => {
    assert.ok(isDeviceId('ABC') && isDeviceId('a b:é'));
    for (const id of ['', 'a'.repeat(256), '\0', 5]) assert.ok(!isDeviceId(id), String(id));
  });
});

describe('random ids', () => {
  test('have the form that they should', () => {
    assert.match(randomRoomId('a.test'), /^![A-Za-z]{18}:a\.test$/);
    assert.ok(isRoomId(randomRoomId('a.test')) && isEventId(randomEventId('a.test')));
    assert.match(randomDeviceId(), /^[A-Z]{10}$/);
    assert.equal(randomString(0), '');
    assert.throws(() => randomString(5, 'a'), RangeError);
  });
  test('use every character about equally often', () => {
    const text = randomString(62_000);
    assert.match(text, /^[A-Za-z0-9]{62000}$/);
    const counts = new Map<string, number>();
    for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
    // A thousand each on average with a deviation of 31; eight deviations never happen by chance.
    for (const char of ALPHANUMERIC) assert.ok(Math.abs((counts.get(char) ?? 0) - 1000) < 250, char);
    assert.notEqual(randomString(40), randomString(40));
  });
});
