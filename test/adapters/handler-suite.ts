import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { ALL_BYTES, type Echo } from './echo-app.ts';
import { CLIENT_IP, type Fidelity, HANDLER_CASES, type HandlerCase } from './handler-cases.ts';

/** A way to bring a request to the echo application and its answer back. */
export interface Driver {
  /** What the way leaves of the request URI; absent when it keeps every byte. */
  fidelity?: Fidelity;
  /** Largest buffered answer in bytes; absent when answers stream. */
  limitBytes?: number;
  /** One value per header name: only the last cookie arrives. */
  oneCookie?: boolean;
  /** Sends a case (`_test` paths have no recorded event and are made up by the driver). */
  send(request: HandlerCase): Promise<Answer>;
  close?(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** Everything that a handler may rely on, whatever runs it. */
export function handlerSuite(name: string, makeDriver: () => Promise<Driver> | Driver): void {
  describe(`handlers behind ${name}`, async () => {
    const driver = await makeDriver();
    after(() => driver.close?.());
    const get = (uri: string, method = 'GET') => driver.send({ name: '', method, uri });

    for (const one of HANDLER_CASES) {
      test(`sees the request: ${one.name}`, async () => {
        const answer = await driver.send(one);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('content-type'), 'application/json');
        if (one.method === 'HEAD') {
          assert.equal(answer.body.length, 0);
          return;
        }
        const echo: Echo = JSON.parse(answer.body.toString());
        assert.equal(echo.method, one.method);
        assert.equal(echo.rawUri, (driver.fidelity && one.seenUri?.[driver.fidelity]) ?? one.uri);
        assert.equal(echo.ip, CLIENT_IP);
        assert.match(echo.requestId, /^[\w=;.-]{8,}$/);
        for (const [header, value] of one.headers ?? []) assert.equal(echo.headers[header], value, header);
        assert.deepEqual(Buffer.from(echo.bodyBase64, 'base64'), Buffer.from(one.body ?? []));
      });
    }

    test('answers with bytes', async () => {
      const { headers, body } = await get('/_test/binary');
      assert.deepEqual(body, Buffer.from(ALL_BYTES));
      assert.equal(headers.get('content-type'), 'image/png');
      assert.equal(headers.get('etag'), '"x"');
    });

    test('answers with cookies', async () => {
      const { headers, body } = await get('/_test/cookies');
      const cookies = ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2099 07:28:00 GMT'];
      assert.deepEqual(headers.getSetCookie(), driver.oneCookie ? cookies.slice(1) : cookies);
      assert.equal(body.toString(), 'ok');
    });

    test('answers with a redirect, with nothing, with an error', async () => {
      const redirect = await get('/_test/redirect');
      assert.equal(redirect.status, 302);
      assert.equal(redirect.headers.get('location'), 'https://example.org/a?b=c%2Fd');
      const nothing = await get('/_test/nothing');
      assert.equal(nothing.status, 204);
      assert.equal(nothing.body.length, 0);
      const error = await get('/_test/error');
      assert.equal(error.status, 429);
      assert.deepEqual(JSON.parse(error.body.toString()), {
        errcode: 'M_LIMIT_EXCEEDED',
        error: 'Zu viel ✓',
        retry_after_ms: 5,
      });
    });

    test('answers with a stream', async () => {
      const { body } = await get('/_test/stream?chunks=20');
      assert.equal(body.length, 20_000);
      assert.deepEqual([body[0], body[999], body[1000], body[19_999]], [0, 0, 1, 19]);
    });

    test('hides what went wrong inside', async () => {
      const { status, body } = await get('/_test/throws');
      assert.equal(status, 500);
      assert.equal(JSON.parse(body.toString()).errcode, 'M_UNKNOWN');
      assert.doesNotMatch(body.toString(), /secret/);
    });

    const limit = driver.limitBytes;
    test('carries large answers, or says that they are too large', async () => {
      const just = await get(`/_test/large?bytes=${(limit ?? 6 * 1_048_576) - 2_000}`);
      assert.equal(just.status, 200);
      for (const uri of [`/_test/large?bytes=${7 * 1_048_576}`, `/_test/large?bytes=${4 * 1_048_576}&of=%22`]) {
        const { status, body, headers } = await get(uri);
        if (limit === undefined) {
          assert.equal(status, 200);
          continue;
        }
        // The second answer is below the limit until its quotes are escaped.
        assert.equal(status, 413, uri);
        assert.equal(JSON.parse(body.toString()).errcode, 'M_TOO_LARGE');
        assert.equal(headers.get('access-control-allow-origin'), '*');
      }
    });
  });
}
