import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { resolve } from '../../lib/routing/resolve.ts';

const seen = new Set<string>();

/**
 * The answer with a body that notes when a test looks at it: only then the endpoint counts as tested in
 * `docs/coverage.md`. Does nothing but in a run of the whole suite, which sets MYELIN_TEST_COVERAGE.
 */
export function noted<A extends { status: number; body: unknown }>(method: string, uri: string, answer: A): A {
  const directory = process.env['MYELIN_TEST_COVERAGE'];
  if (!directory || answer.status >= 300) return answer;
  const { body } = answer;
  return Object.defineProperty(answer, 'body', {
    enumerable: true,
    get() {
      note(directory, method, uri);
      return body;
    },
  });
}

function note(directory: string, method: string, uri: string): void {
  const endpoint = resolve(method, uri)?.endpoint;
  const key = endpoint && `${endpoint.method} ${endpoint.path}`;
  if (!key || seen.has(key)) return;
  seen.add(key);
  mkdirSync(directory, { recursive: true });
  appendFileSync(join(directory, `${process.pid}.txt`), `${key}\n`);
}
