import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLogger, type LoggerOptions, redactText, requestLogger } from '../../lib/observability/logger.ts';
import { prettyLine } from '../../lib/observability/pretty.ts';

function capture(options: LoggerOptions = {}) {
  const lines: string[] = [];
  const log = createLogger({ ...options, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
}

describe('logger', () => {
  test('writes one JSON object a line: ISO time, level by name, base fields', () => {
    const { log, lines, last } = capture({ base: { unit: 'client' } });
    log.info({ roomId: '!a:b' }, 'room created');
    assert.equal(lines.length, 1);
    const { time, ...rest } = last();
    assert.deepEqual(rest, { level: 'info', unit: 'client', roomId: '!a:b', msg: 'room created' });
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('writes nothing below its level', () => {
    const { log, lines } = capture({ level: 'warn' });
    log.info('quiet');
    log.warn('loud');
    assert.equal(lines.length, 1);
  });

  test('a request carries its id on every line', () => {
    const { log, last } = capture();
    const child = requestLogger(log, 'req-1');
    child.info('a');
    assert.equal(last()['requestId'], 'req-1');
    child.warn({ requestId2: 'x' }, 'b');
    assert.equal(last()['requestId'], 'req-1');
  });

  test('errors come with their stack', () => {
    const { log, last } = capture();
    log.error({ err: new Error('broken') }, 'failed');
    assert.match(String((last()['err'] as { stack: string }).stack), /broken/);
  });

  test('no secret gets through, by field or in a text', () => {
    const { log, lines } = capture();
    const secret = 'S3CRET';
    log.info({ access_token: secret, password: secret, body: { refresh_token: secret, deep: { secret } } }, 'fields');
    log.info({ request: { headers: { authorization: `Bearer ${secret}`, cookie: secret } } }, 'headers');
    log.info({ url: `/_matrix/client/v3/sync?since=1&access_token=${secret}&timeout=0` }, 'url');
    log.info(`GET /x?access_token=${secret} HTTP/1.1`);
    log.info({ note: `Authorization: Bearer ${secret}` }, 'text');
    log.info({ auth: `X-Matrix origin="a",destination="b",key="ed25519:1",sig="${secret}"` }, 'federation');
    log.error({ err: new Error(`cannot fetch https://h/?loginToken=${secret}`) }, 'error');
    log.child({ access_token: secret }).info('child');
    for (const line of lines) assert.ok(!line.includes(secret), line);
    for (const line of lines) JSON.parse(line);
    assert.match(lines[2]!, /since=1&access_token=\[redacted\]&timeout=0/);
  });

  test('leaves alone what is no secret', () => {
    for (const text of ['signature of !room:b', 'tokens=5', 'since=s1_2']) assert.equal(redactText(text), text);
  });
});

describe('lines for people', () => {
  const record = {
    level: 'warn',
    time: '2026-01-02T03:04:05.678Z',
    msg: 'slow batch',
    roomId: '!a:b',
    note: 'two words',
    n: 3,
  };

  test('are one short line', () => {
    assert.equal(
      prettyLine(JSON.stringify(record), false),
      '03:04:05.678 WARN  slow batch roomId=!a:b note="two words" n=3\n',
    );
  });

  test('are coloured on request, show stacks, and leave other text as it is', () => {
    assert.ok(prettyLine(JSON.stringify(record), true).includes('\u001b[33mWARN \u001b[0m'));
    const withStack = { ...record, err: { message: 'm', stack: 'Error: m\n    at x' } };
    assert.match(prettyLine(JSON.stringify(withStack), false), /\n {2}Error: m\n {6}at x\n$/);
    assert.equal(prettyLine('not json\n', false), 'not json\n');
  });

  test('are written when asked for', () => {
    const { log, lines } = capture({ pretty: true });
    log.info({ access_token: 'S3CRET' }, 'hello');
    assert.match(lines[0]!, /^\d\d:\d\d:\d\d\.\d{3} INFO {2}hello access_token=\[redacted\]\n$/);
  });
});
