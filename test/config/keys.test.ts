import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { loadConfig } from '../../lib/config/config.ts';
import { defaultOf, environmentName, keys, keysByEnvironment } from '../../lib/config/keys.ts';
import { nearest } from '../../lib/config/nearest.ts';
import { nearestKey } from '../../lib/config/suggest.ts';

describe('keys', () => {
  test('each has a variable of its own', () => {
    assert.equal(keysByEnvironment.size, keys.size);
    assert.equal(environmentName('listen.httpPort'), 'MYELIN_LISTEN_HTTP_PORT');
    assert.equal(environmentName('media.s3.forcePathStyle'), 'MYELIN_MEDIA_S3_FORCE_PATH_STYLE');
    assert.equal(environmentName('serverName'), 'MYELIN_SERVER_NAME');
  });

  test('each has a sentence of documentation', () => {
    for (const { path, facts } of keys.values()) assert.match(facts.doc, /^[A-Z"/a].{10,}\.$/, path);
  });

  test('every default can be given as a variable, and changes nothing', () => {
    const env: Record<string, string> = {};
    for (const key of keys.values()) {
      const value = defaultOf(key);
      if (key.facts.type === 'section' || value === undefined) continue;
      env[key.env] = typeof value === 'string' ? value : JSON.stringify(value);
    }
    assert.ok(Object.keys(env).length > 40);
    assert.deepEqual(loadConfig({ env }), loadConfig({ env: {} }));
  });

  test('a secret is marked as one', () => {
    const telling = /(secret|password|privateKey)$/i;
    for (const { path, facts } of keys.values()) {
      if (facts.type === 'field' && telling.test(path)) assert.ok(facts.secret, path);
    }
  });
});

describe('nearest', () => {
  test('a key with one slip of the finger is found again', () => {
    const paths = [...keys.keys()].filter((path) => path.length > 6);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.nat(), fc.constantFrom('drop', 'double', 'swap'), (path, at, slip) => {
        const index = at % (path.length - 1);
        const [a = '', b = ''] = [path[index], path[index + 1]];
        const middle = { drop: b, double: a + a + b, swap: b + a }[slip];
        const slipped = path.slice(0, index) + middle + path.slice(index + 2);
        const found = nearestKey(slipped);
        // Another key may be as near; it is then no worse a guess.
        assert.ok(found !== undefined, slipped);
      }),
    );
    assert.equal(nearestKey('serverNmae'), 'serverName');
  });

  test('nothing near is nothing', () => {
    assert.equal(nearest('zzzzzzzzzz', ['start', 'doctor']), undefined);
    assert.equal(nearest('docter', ['start', 'doctor']), 'doctor');
  });
});
