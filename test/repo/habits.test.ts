import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { read, sources, withoutComments } from './tree.ts';

/** The start of a statement, in the capitals in which all of ours are written. */
const sql =
  /['"`\s](SELECT\s+[\w*('"$]|INSERT\s+INTO\s|UPDATE\s+\w+\s+(\w+\s+)?SET\s|DELETE\s+FROM\s|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|DATABASE|ROLE)\s|TRUNCATE\s+\w)/;

/** Not the product's data: the server that is being started, not what is in it. */
const serverControl = /^lib\/platform\/postgres\//;

/** Whether code asks what it runs in. Only entries and adapters may know. */
const asksForLambda = /process\.env(\.|\[')(AWS_LAMBDA_\w+|LAMBDA_\w+)|\bisLambda\b|\binLambda\b/;

function found(files: string[], pattern: RegExp): string[] {
  return files.flatMap((file) => {
    const match = pattern.exec(withoutComments(read(file)));
    return match === null ? [] : [`${file}: ${match[0].trim()}`];
  });
}

describe('habits', () => {
  test('all SQL is in lib/storage', () => {
    const files = sources('lib', 'functions', 'infra').filter(
      (file) => !file.startsWith('lib/storage/') && !serverControl.test(file),
    );
    assert.deepEqual(found(files, sql), []);
  });

  test('SQL is recognised', () => {
    for (const text of [
      "query('SELECT 1')",
      'query(`\n  UPDATE users SET x = 1`)',
      '`WITH a AS (\n DELETE FROM b)`',
      '"INSERT INTO t"',
    ]) {
      assert.match(text, sql);
    }
    for (const text of ["'Select a room'", "'DELETE', '/rooms'", "method: 'DELETE'"]) assert.doesNotMatch(text, sql);
  });

  test('nothing in lib asks whether it runs in a Lambda', () => {
    assert.deepEqual(found(sources('lib'), asksForLambda), []);
    assert.match("if (process.env['AWS_LAMBDA_FUNCTION_NAME'])", asksForLambda);
    assert.match('if (isLambda) return', asksForLambda);
  });

  test('nothing is left to be done', () => {
    const files = sources('lib', 'functions', 'infra', 'scripts', 'test').filter(
      (file) => file !== 'test/repo/habits.test.ts',
    );
    const left = files.flatMap((file) => {
      const match = /\b(TODO|FIXME|XXX)\b/.exec(read(file));
      return match === null ? [] : [`${file}: ${match[0]}`];
    });
    assert.deepEqual(left, []);
  });
});
