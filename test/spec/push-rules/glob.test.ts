import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileGlob, containsWords, foldCase } from '../../../lib/spec/push-rules/glob.ts';

const matchesAll = (pattern: string, text: string): boolean => compileGlob(pattern).matchesAll(foldCase(text));
const matchesWords = (pattern: string, text: string): boolean => compileGlob(pattern).matchesWords(foldCase(text));

/** The pattern as a regular expression, for short inputs. */
function source(pattern: string): string {
  return Array.from(pattern, (character) =>
    character === '*' ? '.*' : character === '?' ? '.' : character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'),
  ).join('');
}

const BOUNDARY = '(?:^|$|(?<![a-z0-9_])|(?![a-z0-9_]))';

describe('globs', () => {
  const unit = fc.constantFrom('a', 'b', 'A', ' ', '_', '-', '*', '?', '😀', 'ж', '.');
  const pattern = fc.string({ unit, maxLength: 7 });
  const text = fc.string({ unit, maxLength: 12 });
  // Long and repetitive, for the other way of searching.
  const repetitive = fc
    .tuple(fc.constantFrom('a', 'ab', 'a-'), fc.integer({ min: 8, max: 40 }), pattern)
    .map(([piece, times, rest]) => piece.repeat(times) + rest);

  test('agree with regular expressions', () => {
    fc.assert(
      fc.property(fc.oneof(pattern, pattern, repetitive), fc.oneof(text, repetitive), (p, t) => {
        const folded = foldCase(t);
        assert.equal(matchesAll(p, t), new RegExp(`^${source(foldCase(p))}$`, 'su').test(folded), 'all');
        const words = new RegExp(`${BOUNDARY}${source(foldCase(p))}${BOUNDARY}`, 'su');
        assert.equal(matchesWords(p, t), words.test(folded), 'words');
      }),
      { numRuns: 3000 },
    );
  });

  test('agree with regular expressions on texts made from the pattern', () => {
    const made = pattern.chain((p) =>
      fc.tuple(
        fc.constant(p),
        fc
          .array(fc.oneof(fc.constant(p), fc.constantFrom('', ' ', 'a', '_', '-', '😀')), { maxLength: 4 })
          .map((pieces) => pieces.join('').replaceAll('*', 'b').replaceAll('?', '😀')),
      ),
    );
    fc.assert(
      fc.property(made, ([p, t]) => {
        const folded = foldCase(t);
        const words = new RegExp(`${BOUNDARY}${source(foldCase(p))}${BOUNDARY}`, 'su');
        assert.equal(matchesWords(p, t), words.test(folded));
        assert.equal(matchesAll(p, t), new RegExp(`^${source(foldCase(p))}$`, 'su').test(folded));
      }),
      { numRuns: 2000 },
    );
  });

  test('a question mark is one character, not one unit', () => {
    assert.ok(matchesAll('?', '😀'));
    assert.ok(!matchesAll('??', '😀'));
    assert.ok(matchesAll('a?b', 'a😀b'));
  });

  test('case does not count, in Greek neither', () => {
    assert.ok(matchesAll('ὈΔΥΣΣΕΎΣ*', 'ὀδυσσεύς'));
    assert.ok(matchesWords('ODYSSEUS', 'odysseus'));
    assert.ok(matchesAll('ΟΔΟΣ*', 'οδοσΑ'));
  });

  test('pieces must not overlap', () => {
    assert.ok(!matchesAll('aba*aba', 'ababa'));
    assert.ok(matchesAll('aba*aba', 'abaaba'));
    assert.ok(!matchesAll('a*a', 'a'));
  });

  test('literal words', () => {
    assert.ok(containsWords('say foo', 'foo'));
    assert.ok(!containsWords('food', 'foo'));
    assert.ok(containsWords('food foo', 'foo'));
    assert.ok(containsWords('foo*', 'foo*'));
  });

  test('time stays linear for patterns made to waste it', () => {
    const long = 65_000;
    const cases: Array<[pattern: string, text: string]> = [
      [`${'a*'.repeat(500)}b`, 'a'.repeat(long)],
      [`${'?'.repeat(500)}b`, 'a'.repeat(long)],
      [`${'*'.repeat(1000)}b`, 'a'.repeat(long)],
      ['a'.repeat(1000), 'a'.repeat(long)],
      [`${'a'.repeat(1000)}b`, 'a'.repeat(long)],
      [`b${'a'.repeat(1000)}`, 'a'.repeat(long)],
      [`${'-aa'.repeat(300)}-a`, '-aa'.repeat(long / 3)],
      [`${'a?'.repeat(500)}b`, 'a'.repeat(long)],
      ['a*?'.repeat(300), '-a'.repeat(long / 2)],
    ];
    for (const [p, t] of cases) {
      const glob = compileGlob(p);
      const start = performance.now();
      glob.matchesWords(t);
      glob.matchesAll(t);
      const took = performance.now() - start;
      assert.ok(took < 500, `${p.slice(0, 20)}… took ${took} ms`);
    }
  });
});
