import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeAnyBase64,
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
} from '../../lib/spec/base64.ts';
import {
  formatSigningKey,
  generateSigningKey,
  parseSigningKeyFile,
  parseSigningKeys,
  signBytes,
  signingKeyFromSeed,
  signingKeyIds,
  signJson,
  verifyBytes,
  verifySignedJson,
} from '../../lib/spec/signing.ts';

const SEED = 'YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1';
const key = signingKeyFromSeed('1', decodeBase64(SEED));

describe('base64', () => {
  test('examples of the appendices', () => {
    const examples = { '': '', f: 'Zg', fo: 'Zm8', foo: 'Zm9v', foob: 'Zm9vYg', fooba: 'Zm9vYmE', foobar: 'Zm9vYmFy' };
    for (const [plain, encoded] of Object.entries(examples)) {
      assert.equal(encodeBase64(plain), encoded);
      assert.equal(decodeBase64(encoded).toString(), plain);
      assert.equal(decodeBase64(Buffer.from(plain).toString('base64')).toString(), plain, 'padded');
    }
  });
  test('the two alphabets', () => {
    const bytes = Buffer.from([0xfb, 0xff, 0xbf]);
    assert.equal(encodeBase64(bytes), '+/+/');
    assert.equal(encodeBase64Url(bytes), '-_-_');
    assert.deepEqual(decodeBase64('+/+/'), bytes);
    assert.deepEqual(decodeBase64Url('-_-_'), bytes);
    assert.deepEqual(decodeAnyBase64('-_-_'), decodeAnyBase64('+/+/'));
    assert.throws(() => decodeBase64('-_-_'));
    assert.throws(() => decodeBase64Url('+/+/'));
    assert.throws(() => decodeAnyBase64('+_'));
  });
  test('refuses what is no base64', () => {
    for (const text of ['a', 'abcde', 'ab c', 'ab\n', 'ab=c', 'é', 'ab===']) {
      assert.throws(() => decodeBase64(text), { errcode: 'M_BAD_JSON' }, text);
    }
  });
  test('encodes a view without the rest of its buffer', () => {
    assert.equal(encodeBase64(new Uint8Array([1, 2, 3, 4]).subarray(1, 2)), encodeBase64(new Uint8Array([2])));
  });
});

describe('signing JSON: vectors of the appendices', () => {
  test('an empty object', () => {
    assert.deepEqual(signJson({}, 'domain', key), {
      signatures: {
        domain: {
          'ed25519:1': 'K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ',
        },
      },
    });
  });
  test('an object with values', () => {
    assert.deepEqual(signJson({ one: 1, two: 'Two' }, 'domain', key), {
      one: 1,
      signatures: {
        domain: {
          'ed25519:1': 'KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw',
        },
      },
      two: 'Two',
    });
  });
});

describe('signing JSON', () => {
  test('keeps other signatures and unsigned, which are not covered', () => {
    const other = generateSigningKey();
    const once = signJson({ a: 1, unsigned: { age: 5 } }, 'one.test', key);
    const twice = signJson(once, 'two.test', other);
    const changed = { ...twice, unsigned: { age: 6 } };
    assert.ok(verifySignedJson(changed, 'one.test', key.keyId, key.publicKey));
    assert.ok(verifySignedJson(changed, 'two.test', other.keyId, other.publicKey));
    assert.deepEqual(once, signJson({ a: 1, unsigned: { age: 5 } }, 'one.test', key), 'the argument is not changed');
  });
  test('two keys of one server', () => {
    const other = generateSigningKey('b');
    const signed = signJson(signJson({ a: 1 }, 'one.test', key), 'one.test', other);
    assert.deepEqual(signingKeyIds(signed, 'one.test'), ['ed25519:1', 'ed25519:b']);
    assert.ok(verifySignedJson(signed, 'one.test', 'ed25519:b', other.publicKey));
    assert.ok(!verifySignedJson(signed, 'one.test', 'ed25519:b', key.publicKey));
  });
  test('a changed object, entity, key or signature fails, and nothing throws', () => {
    const signed = signJson({ a: 1 }, 'one.test', key);
    const verify = (object: object, entity = 'one.test', keyId = key.keyId, pub = key.publicKey): boolean =>
      verifySignedJson(object, entity, keyId, pub);
    assert.ok(verify(signed));
    assert.ok(!verify({ ...signed, a: 2 }));
    assert.ok(!verify(signed, 'two.test'));
    assert.ok(!verify(signed, 'one.test', 'ed25519:2'));
    assert.ok(!verify(signed, 'one.test', key.keyId, generateSigningKey().publicKey));
    for (const pub of ['', 'AAAA', '!!', `${key.publicKey}AAAA`])
      assert.ok(!verify(signed, 'one.test', key.keyId, pub));
    for (const signatures of [null, [], 'x', {}, { 'one.test': null }, { 'one.test': { 'ed25519:1': 5 } }]) {
      assert.ok(!verify({ ...signed, signatures }));
    }
    for (const signature of ['', 'AAAA', '!!', `${signed.signatures['one.test']!['ed25519:1']}AAAA`]) {
      assert.ok(!verify({ ...signed, signatures: { 'one.test': { 'ed25519:1': signature } } }));
    }
    assert.ok(!verify({ ...signed, a: 1.5 }), 'not canonical');
    assert.ok(!verifySignedJson(signed, '__proto__', key.keyId, key.publicKey));
  });
  test('lenient mode signs and checks floats alike', () => {
    const text = '{"a":1.5}';
    const signed = { a: 1.5, signatures: { 'one.test': { [key.keyId]: signBytes(text, key) } } };
    assert.ok(verifySignedJson(signed, 'one.test', key.keyId, key.publicKey, 'lenient'));
  });
});

describe('signing keys', () => {
  test('bytes and text', () => {
    const signature = signBytes('é', key);
    assert.equal(signature, signBytes(Buffer.from('é'), key));
    assert.ok(verifyBytes('é', signature, key.publicKey));
    assert.ok(!verifyBytes('e', signature, key.publicKey));
    assert.ok(!verifyBytes('é', 5 as never, key.publicKey));
  });
  test('a key file reads back', () => {
    const line = formatSigningKey(key);
    // The vectors' seed has bits beyond its 32 bytes in the last character, which printing clears.
    assert.equal(line, `ed25519 1 ${SEED.slice(0, -1)}0\n`);
    assert.equal(parseSigningKeyFile(line).publicKey, key.publicKey);
    const fresh = generateSigningKey();
    assert.match(fresh.keyId, /^ed25519:a_[A-Za-z]{4}$/);
    const again = parseSigningKeyFile(formatSigningKey(fresh));
    assert.deepEqual([again.keyId, again.publicKey], [fresh.keyId, fresh.publicKey]);
    assert.notEqual(generateSigningKey().publicKey, fresh.publicKey);
  });
  test('a key file with several lines, comments and padding', () => {
    const keys = parseSigningKeys(`# old and new\r\n\r\ned25519 a_b ${SEED}=\r\n  ed25519 2 ${SEED}\n`);
    assert.deepEqual(
      keys.map((each) => each.keyId),
      ['ed25519:a_b', 'ed25519:2'],
    );
  });
  test('a malformed file is named by line and its seed is not quoted', () => {
    for (const text of ['', '# none', `rsa 1 ${SEED}`, `ed25519 1`, `ed25519 1 ${SEED} x`, `ed25519 a:b ${SEED}`]) {
      assert.throws(
        () => parseSigningKeyFile(text),
        (error: Error) => !error.message.includes(SEED),
        text,
      );
    }
    assert.throws(() => parseSigningKeyFile('ed25519 1 AAAA'), /32 bytes/);
    assert.throws(
      () => parseSigningKeyFile('\ned25519 1 se?ret'),
      (error: Error) => {
        return error.message.includes('line 2') && !error.message.includes('se?ret');
      },
    );
  });
});
