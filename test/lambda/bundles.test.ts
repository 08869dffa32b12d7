// The bundles that are deployed, behind a Runtime API of the tests: what starts, answers, fails, hangs and sleeps is the
// artifact itself, on a real PostgreSQL and beside a task from the bundle of the image.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, EDGE_SECRET, restEvent, type TestDeployment, testDeployment } from './deployment.ts';
import type { LambdaFunction } from './environment.ts';

/** Generous, for machines that are busy: the numbers themselves are printed, and stand in docs/deploy.md. */
const LONGEST_INIT_MS = 10_000;

let deployment: TestDeployment;
before(async () => {
  deployment = await testDeployment();
});
after(() => deployment?.close());

/** An account, by the login Lambda. */
async function register(login: LambdaFunction, username: string): Promise<{ token: string; userId: string }> {
  const body = { username, password: 'correct horse battery', auth: { type: 'm.login.dummy' } };
  const answer = answerOf(await login.invoke(restEvent('POST', '/_matrix/client/v3/register', { body })));
  assert.equal(answer.status, 200, answer.raw.toString());
  return { token: answer.body.access_token, userId: answer.body.user_id };
}

describe('bundled Lambdas behind a Runtime API', { timeout: 300_000 }, () => {
  test('register, room, message by Lambdas; the poll at the task sees it', async () => {
    const [login, client] = await Promise.all([deployment.lambda('login'), deployment.lambda('client')]);
    const { token, userId } = await register(login, 'ada');
    assert.equal(userId, '@ada:lambda.test');
    const room = answerOf(
      await client.invoke(restEvent('POST', '/_matrix/client/v3/createRoom', { token, body: { name: 'Tea' } })),
    );
    assert.equal(room.status, 200, room.raw.toString());
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room.body.room_id)}/send/m.room.message/1`;
    const sent = answerOf(
      await client.invoke(restEvent('PUT', path, { token, body: { msgtype: 'm.text', body: 'hello' } })),
    );
    assert.equal(sent.status, 200, sent.raw.toString());

    const response = await fetch(`${deployment.taskUrl}/_matrix/client/v3/sync`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const sync = (await response.json()) as {
      rooms: { join: Record<string, { timeline: { events: { event_id: string }[] } }> };
    };
    const events = sync.rooms.join[room.body.room_id]?.timeline.events.map((event) => event.event_id);
    assert.ok(events?.includes(sent.body.event_id));
  });

  test('every unit starts cold, answers warm without starting again', async (t) => {
    for (const name of ['client', 'federation', 'keys', 'login']) {
      const fn = await deployment.lambda(name);
      const first = await fn.invoke(restEvent('GET', '/_matrix/client/versions'));
      const status = answerOf(first).status;
      assert.equal(status, name === 'client' ? 200 : 404, `${name} has the routes of its unit`);
      const warm = await Promise.resolve(fn.invoke(restEvent('GET', '/_matrix/client/versions')));
      assert.equal(fn.initMs.length, 1);
      assert.ok(fn.initMs[0]! < LONGEST_INIT_MS);
      t.diagnostic(
        `${name}: init ${fn.initMs[0]!.toFixed(0)} ms, first ${first.ms.toFixed(0)} ms, warm ${warm.ms.toFixed(1)} ms`,
      );
    }
  });

  test('an event that is no request is an error of the invocation, and the environment goes on', async () => {
    const client = await deployment.lambda('client');
    const outcome = await client.invoke({ source: 'aws.events', detail: {} });
    assert.ok('error' in outcome);
    assert.match(outcome.error.errorMessage, /not an HTTP request/);
    assert.equal(answerOf(await client.invoke(restEvent('GET', '/_matrix/client/versions'))).status, 200);
    assert.equal(client.initMs.length, 1);
  });

  test('a function that cannot reach its database answers 503 in words of Matrix, without saying where it is', async () => {
    const client = await deployment.lambda('client', {
      env: { MYELIN_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' },
    });
    const answer = answerOf(
      await client.invoke(restEvent('GET', '/_matrix/client/v3/directory/room/%23tea%3Alambda.test')),
    );
    assert.equal(answer.status, 503);
    assert.equal(answer.body.errcode, 'M_UNKNOWN');
    assert.doesNotMatch(answer.raw.toString(), /127\.0\.0\.1/);
  });

  test('an init that fails says so before any request', async () => {
    const client = await deployment.lambda('client', { env: { SERVER_SECRET: 'no json' } });
    await assert.rejects(client.invoke(restEvent('GET', '/_matrix/client/versions')), /init failed|ended/);
  });

  test('what takes too long is killed, and the next request starts anew', async () => {
    const client = await deployment.lambda('client', { timeoutMs: 2_500 });
    const { token } = await register(await deployment.lambda('login'), 'slow');
    assert.equal(
      answerOf(await client.invoke(restEvent('GET', '/_matrix/client/v3/account/whoami', { token }))).status,
      200,
    );
    const path = '/_matrix/client/v3/user/%40slow%3Alambda.test/account_data/m.direct';
    const outcome = await deployment.locked('account_data', () => client.invoke(restEvent('GET', path, { token })));
    assert.ok('error' in outcome, 'it hangs');
    assert.equal(outcome.error.errorType, 'Sandbox.Timedout');
    assert.equal(answerOf(await client.invoke(restEvent('GET', path, { token }))).status, 404);
    assert.equal(client.initMs.length, 2);
  });

  test('frozen and thawed it goes on, also when its connections were cut meanwhile', async () => {
    const client = await deployment.lambda('client', { env: { PGAPPNAME: 'frozen' } });
    const { token } = await register(await deployment.lambda('login'), 'cold');
    const whoami = () => client.invoke(restEvent('GET', '/_matrix/client/v3/account/whoami', { token }));
    assert.equal(answerOf(await whoami()).status, 200);
    client.freeze();
    await sleep(1_500);
    client.thaw();
    assert.equal(answerOf(await whoami()).status, 200);
    client.freeze();
    await deployment.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'myelin'`,
    );
    await sleep(500);
    client.thaw();
    assert.equal(answerOf(await whoami()).status, 200);
    assert.equal(client.initMs.length, 1);
  });

  test('a streaming function streams: prelude, then the body, beyond what a buffered one may answer', async () => {
    const client = await deployment.lambda('client', { env: { STREAM_RESPONSES: '1' } });
    const outcome = await client.invoke(restEvent('GET', '/_matrix/client/versions'));
    assert.ok('payload' in outcome && outcome.streamed);
    const answer = answerOf(outcome);
    assert.equal(answer.status, 200);
    assert.ok(Array.isArray(answer.body.versions));
    const missing = answerOf(await client.invoke(restEvent('GET', '/_matrix/client/v3/account/whoami')));
    assert.equal(missing.status, 401);
    assert.equal(missing.body.errcode, 'M_MISSING_TOKEN');
  });

  test('the edge is believed about the request URI, and nobody else', async () => {
    const client = await deployment.lambda('client');
    const headers = { 'x-myelin-raw-uri': '/_matrix/client/versions' };
    const path = '/_matrix/client/v3/nonsense';
    assert.equal(answerOf(await client.invoke(restEvent('GET', path, { headers }))).status, 404);
    const proved = { ...headers, 'x-myelin-edge-secret': EDGE_SECRET };
    assert.equal(answerOf(await client.invoke(restEvent('GET', path, { headers: proved }))).status, 200);
    const lied = { ...headers, 'x-myelin-edge-secret': 'something else' };
    assert.equal(answerOf(await client.invoke(restEvent('GET', path, { headers: lied }))).status, 404);
  });

  test('what a unit measures stands on its log as CloudWatch wants it, with few dimensions', async () => {
    const client = await deployment.lambda('client', { env: { METRICS_NAMESPACE: 'Myelin/test' } });
    await client.invoke(restEvent('GET', '/_matrix/client/versions'));
    const line = client
      .output()
      .split('\n')
      .find((one) => one.includes('myelin_http_request_duration_seconds'));
    const { _aws: aws, endpoint, unit } = JSON.parse(line ?? '{}');
    assert.equal(aws.CloudWatchMetrics[0].Namespace, 'Myelin/test');
    assert.deepEqual(aws.CloudWatchMetrics[0].Dimensions, [['unit']]);
    assert.equal(unit, 'client');
    assert.equal(endpoint, 'GET /_matrix/client/versions');
  });
});
