import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { read, sources } from './tree.ts';

const hardStop = 600;
/** Tests are lists of cases, and read from top to bottom. */
const hardStopOfTests = 1000;
const entryLines = 20;
/** Tables of data, which grow with what they describe. */
const data = /^lib\/routing\/tables\/|^lib\/[^.]*\/generated\/|^test\/vectors\/|\.fixtures?\.ts$/;

const lines = (file: string) => read(file).replace(/\n$/, '').split('\n').length;

function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

describe('file sizes', () => {
  const sizes = sources('lib', 'functions', 'infra', 'scripts', 'test')
    .filter((file) => !data.test(file))
    .map((file) => ({ file, lines: lines(file) }));

  test(`no file has more than ${hardStop} lines`, (t) => {
    const product = sizes.filter(({ file }) => /^(lib|functions|infra)\//.test(file));
    const sorted = product.map((entry) => entry.lines).sort((a, b) => a - b);
    t.diagnostic(
      `${sorted.length} files, ${sorted.reduce((sum, n) => sum + n, 0)} lines: ` +
        `median ${quantile(sorted, 0.5)}, p90 ${quantile(sorted, 0.9)}, max ${sorted.at(-1) ?? 0}`,
    );
    assert.deepEqual(
      sizes.filter(({ file, lines }) => lines > (file.startsWith('test/') ? hardStopOfTests : hardStop)),
      [],
    );
  });

  test('half of the files have at most 80 lines, nine of ten at most 250', () => {
    const sorted = sizes
      .filter(({ file }) => /^(lib|functions|infra)\//.test(file))
      .map((entry) => entry.lines)
      .sort((a, b) => a - b);
    assert.ok(quantile(sorted, 0.5) <= 80, `the median is ${quantile(sorted, 0.5)}`);
    assert.ok(quantile(sorted, 0.9) <= 250, `the ninth decile is ${quantile(sorted, 0.9)}`);
  });

  test(`the entry of a unit has at most ${entryLines} lines`, () => {
    const long = sizes.filter((entry) => /^functions\/[^/]+\/index\.ts$/.test(entry.file) && entry.lines > entryLines);
    assert.deepEqual(long, []);
  });
});
