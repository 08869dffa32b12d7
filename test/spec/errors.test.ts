import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as errors from '../../lib/spec/errors.ts';

test('errors serialise to the standard response', () => {
  const cases: Array<[errors.MatrixError, number, Record<string, unknown>]> = [
    [errors.forbidden('no'), 403, { errcode: 'M_FORBIDDEN', error: 'no' }],
    [errors.notFound('no'), 404, { errcode: 'M_NOT_FOUND', error: 'no' }],
    [errors.badJson('no'), 400, { errcode: 'M_BAD_JSON', error: 'no' }],
    [errors.notJson('no'), 400, { errcode: 'M_NOT_JSON', error: 'no' }],
    [errors.invalidParam('no'), 400, { errcode: 'M_INVALID_PARAM', error: 'no' }],
    [errors.missingParam('no'), 400, { errcode: 'M_MISSING_PARAM', error: 'no' }],
    [errors.unrecognized(), 404, { errcode: 'M_UNRECOGNIZED', error: 'Unrecognized request' }],
    [errors.unrecognized(405), 405, { errcode: 'M_UNRECOGNIZED', error: 'Unrecognized request' }],
    [errors.unknownToken('no'), 401, { errcode: 'M_UNKNOWN_TOKEN', error: 'no', soft_logout: false }],
    [errors.unknownToken('no', true), 401, { errcode: 'M_UNKNOWN_TOKEN', error: 'no', soft_logout: true }],
    [errors.missingToken(), 401, { errcode: 'M_MISSING_TOKEN', error: 'Missing access token' }],
    [errors.limitExceeded(1.2), 429, { errcode: 'M_LIMIT_EXCEEDED', error: 'Too many requests', retry_after_ms: 2 }],
    [errors.tooLarge('no'), 413, { errcode: 'M_TOO_LARGE', error: 'no' }],
    [errors.unknown('no'), 400, { errcode: 'M_UNKNOWN', error: 'no' }],
  ];
  for (const [error, status, body] of cases) {
    assert.ok(error instanceof Error && error instanceof errors.MatrixError);
    assert.equal(error.status, status);
    assert.deepEqual(JSON.parse(JSON.stringify(error)), body);
  }
});
