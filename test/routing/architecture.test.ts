import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { architecturePage, PAGE } from '../../scripts/architecture.ts';

test('docs/architecture.md is what the declarations say (node scripts/architecture.ts writes it)', () => {
  assert.equal(readFileSync(PAGE, 'utf8'), architecturePage());
});
