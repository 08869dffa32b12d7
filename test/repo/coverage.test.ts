import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { coverageFile, coveragePage, testedOnPage } from '../../scripts/coverage.ts';

test('docs/coverage.md says what is implemented (node scripts/coverage.ts writes it anew)', () => {
  const page = readFileSync(coverageFile, 'utf8');
  assert.equal(page, coveragePage(testedOnPage(page)));
});
