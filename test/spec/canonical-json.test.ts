import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { assertCanonical, CanonicalJsonError, canonicalJson, MAX_DEPTH } from '../../lib/spec/canonical-json.ts';

describe('canonical JSON: examples of the appendices', () => {
  const examples: Array<[given: string, wanted: string]> = [
    ['{}', '{}'],
    ['{"one": 1, "two": "Two"}', '{"one":1,"two":"Two"}'],
    ['{"b": "2", "a": "1"}', '{"a":"1","b":"2"}'],
    ['{"b":"2","a":"1"}', '{"a":"1","b":"2"}'],
    [
      `{"auth": {"success": true, "mxid": "@john.doe:example.com", "profile": {"display_name": "John Doe",
        "three_pids": [{"medium": "email", "address": "john.doe@example.org"},
        {"medium": "msisdn", "address": "123456789"}]}}}`,
      '{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}',
    ],
    ['{"a": "日本語"}', '{"a":"日本語"}'],
    ['{"本": 2, "日": 1}', '{"日":1,"本":2}'],
    ['{"a": "\\u65E5"}', '{"a":"日"}'],
    ['{"a": null}', '{"a":null}'],
  ];
  for (const [given, wanted] of examples) {
    test(wanted, () => assert.equal(canonicalJson(JSON.parse(given)), wanted));
  }
  test('-0 and 1e10, which only the lenient mode takes', () => {
    const value = JSON.parse('{"a": -0, "b": 1e10}');
    assert.equal(canonicalJson(value, 'lenient'), '{"a":0,"b":10000000000}');
    assert.throws(() => canonicalJson(value), CanonicalJsonError);
  });
});

describe('canonical JSON: strings', () => {
  test('escapes what the grammar escapes, in lower case, and nothing else', () => {
    let all = '';
    for (let unit = 0; unit < 0x100; unit++) all += String.fromCharCode(unit);
    const short: Record<number, string> = {
      8: '\\b',
      9: '\\t',
      10: '\\n',
      12: '\\f',
      13: '\\r',
      34: '\\"',
      92: '\\\\',
    };
    const wanted = [...all].map((char) => {
      const code = char.charCodeAt(0);
      return short[code] ?? (code < 0x20 ? `\\u00${code.toString(16).padStart(2, '0')}` : char);
    });
    assert.equal(canonicalJson(all), `"${wanted.join('')}"`);
    assert.equal(canonicalJson('\u2028\u2029\u007f\ufeff'), '"\u2028\u2029\u007f\ufeff"');
    assert.equal(canonicalJson({ 'a"\n': 1 }), '{"a\\"\\n":1}');
  });
});

describe('canonical JSON: what cannot be said', () => {
  const refused: Array<[name: string, value: unknown]> = [
    ['a float', 1.5],
    ['2^53', 2 ** 53],
    ['-(2^53)', -(2 ** 53)],
    ['-0', -0],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['undefined', undefined],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a lone surrogate', '\ud800x'],
  ];
  for (const [name, value] of refused) {
    test(name, () => {
      for (const place of [value, [value], { a: value }, { a: [{ b: value }] }]) {
        assert.throws(() => canonicalJson(place as object), CanonicalJsonError);
        assert.throws(() => assertCanonical(place), { errcode: 'M_BAD_JSON', status: 400 });
      }
    });
  }
  test('a lone surrogate in a key', () => {
    assert.throws(() => canonicalJson({ '\udc00': 1 }), CanonicalJsonError);
    assert.throws(() => canonicalJson({ a: 1, '\ud800': 1 }, 'lenient'), CanonicalJsonError);
  });
  test('deep nesting', () => {
    const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    assert.equal(canonicalJson(nested(MAX_DEPTH) as object).length, 2 * MAX_DEPTH);
    assert.throws(() => canonicalJson(nested(MAX_DEPTH + 1) as object), CanonicalJsonError);
    assert.throws(() => canonicalJson(nested(30_000) as object), CanonicalJsonError);
  });
  test('the limits themselves are fine', () => {
    assert.equal(canonicalJson([2 ** 53 - 1, -(2 ** 53) + 1]), '[9007199254740991,-9007199254740991]');
  });
});

describe('canonical JSON: lenient numbers', () => {
  const cases: Array<[number, string]> = [
    [1.5, '1.5'],
    [50.57, '50.57'],
    [-0.25, '-0.25'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [-1.25e-7, '-1.25e-07'],
    [1e-100, '1e-100'],
    [2 ** 53, '9007199254740992'],
    [2 ** 63, '9223372036854775808'],
  ];
  for (const [value, wanted] of cases)
    test(wanted, () => assert.equal(canonicalJson([value], 'lenient'), `[${wanted}]`));
  test('infinities stay refused', () => {
    assert.throws(() => canonicalJson([Number.POSITIVE_INFINITY], 'lenient'), CanonicalJsonError);
  });
});

// --------------------------------------------------------------------------------------------------------- properties

/** Strings of characters around the places where UTF-16 order and code point order part. */
const oddString = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 6 }),
  fc.string({
    unit: fc.constantFrom('a', 'Z', '0', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}', '"', '\n', 'é'),
    maxLength: 4,
  }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '10', '9', ''),
);
const integer = fc.maxSafeInteger().map((n) => (n === 0 ? 0 : n));
const { value: canonicalValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    integer,
    oddString,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.uniqueArray(fc.tuple(oddString, tie('value')), { maxLength: 6, selector: ([key]) => key }).map(objectOf),
  ),
}));

/** An object with these own members, `__proto__` included, in that order. */
function objectOf(entries: ReadonlyArray<readonly [string, unknown]>): object {
  return JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`);
}

function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A slow writer that compares keys by their UTF-8 bytes, which is the order of code points. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => byCodePoints(a, b));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${plain(entry)}`).join(',')}}`;
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return objectOf(
    Object.entries(value)
      .reverse()
      .map(([key, entry]) => [key, reversed(entry)] as const),
  );
}

describe('canonical JSON: properties', () => {
  test('reads back as the same value, and writing again changes nothing', () => {
    fc.assert(
      fc.property(canonicalValue, (value) => {
        const text = canonicalJson(value as object);
        assert.deepEqual(JSON.parse(text), value);
        assert.equal(canonicalJson(JSON.parse(text)), text);
        assert.equal(canonicalJson(value as object, 'lenient'), text);
      }),
      { numRuns: 2000 },
    );
  });
  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(canonicalValue, (value) => {
        assert.equal(canonicalJson(reversed(value) as object), canonicalJson(value as object));
      }),
      { numRuns: 2000 },
    );
  });
  test('sorts keys by code point, not by UTF-16 unit', () => {
    fc.assert(
      fc.property(canonicalValue, (value) => assert.equal(canonicalJson(value as object), plain(value))),
      { numRuns: 2000 },
    );
    assert.equal(canonicalJson({ '\u{10000}': 1, '\uffff': 2 }), '{"\uffff":2,"\u{10000}":1}');
  });
  test('takes more different keys than it remembers', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i]));
    assert.equal(canonicalJson(many), plain(many));
    assert.equal(canonicalJson(many), plain(many));
  });
});
