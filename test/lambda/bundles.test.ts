// The bundles that are deployed, behind a Runtime API as Lambda has it: cold start, warm calls, errors, time-outs, standstill.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { UNITS, unitNamesOf } from '../../functions/units.ts';
import { bundleLambda } from '../../infra/bundle.ts';
import { toRestEvent } from '../../lib/api/http/adapters/rest-event.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';
import { FunctionError, type Invocation, Sandbox } from '../kit/runtime-api.ts';

const folder = mkdtempSync(join(tmpdir(), 'myelin-runtime-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** An event as the gateway makes it. */
function restEvent(method: string, rawUri: string, body?: object, headers: [string, string][] = []) {
  const bytes = body ? Buffer.from(JSON.stringify(body)) : undefined;
  const request = { method, rawUri, headers, body: bytes, ip: '192.0.2.7', requestId: 'r1' };
  return toRestEvent(request, { stage: 'v1', domainName: 'api.test' });
}

const json = (answer: Invocation) => JSON.parse(answer.body.toString());

describe('bundles of Lambda units behind a Runtime API', { timeout: 180_000 }, () => {
  let database: TestDatabase;
  const sandboxes: Sandbox[] = [];

  /** What the stacks give a function, with a database beside it. */
  async function open(name: string, more: Record<string, string> = {}): Promise<Sandbox> {
    const streams = name in UNITS && UNITS[name as 'client'].streamsAnswers;
    const sandbox = await Sandbox.open({
      code: await bundleLambda(name, join(folder, name), 'us-east-1'),
      env: {
        PATH: process.env['PATH']!,
        MYELIN_SERVER_NAME: 'lambda.test',
        MYELIN_PUBLIC_BASE_URL: 'https://lambda.test',
        MYELIN_ENABLE_REGISTRATION: 'true',
        MYELIN_PASSWORD_HASH_MEMORY_KIB: '1024',
        MYELIN_DATABASE_URL: database.url,
        MYELIN_DATABASE_POOL_SIZE: '1',
        MYELIN_DATA_DIRECTORY: join(folder, 'data'),
        SERVER_SECRET: JSON.stringify({ seed: 'a'.repeat(64) }),
        EDGE_SECRET: 'edge',
        METRICS_NAMESPACE: 'Myelin/test',
        ...(streams ? { STREAM_RESPONSES: '1' } : {}),
        ...more,
      },
      timeoutMs: 20_000,
    });
    sandboxes.push(sandbox);
    return sandbox;
  }

  before(async () => {
    database = await testDatabase();
  });
  after(async () => {
    for (const sandbox of sandboxes) await sandbox.close();
    await database.drop();
  });

  const paths: Record<string, [path: string, status: number]> = {
    client: ['/_matrix/client/versions', 200],
    federation: ['/_matrix/key/v2/server', 200],
    keys: ['/_matrix/client/v3/keys/query', 401],
    login: ['/_matrix/client/v3/login', 200],
  };
  for (const name of unitNamesOf('lambda')) {
    test(`${name} starts, and answers its own endpoints, streamed where the gateway streams`, async () => {
      const sandbox = await open(name);
      const [path, status] = paths[name]!;
      const answer = await sandbox.invoke(restEvent(status === 401 ? 'POST' : 'GET', path, undefined));
      assert.equal(answer.status, status, answer.body.toString() + sandbox.output);
      assert.equal(answer.streamed, UNITS[name].streamsAnswers ?? false);
      assert.equal(sandbox.starts, 1);
      // Metrics are lines of the log, under the namespace that alarms look at.
      assert.match(sandbox.output, /"Namespace":"Myelin\/test"/);
    });
  }

  test('an account is made and used by two functions that share nothing but the database', async () => {
    const login = await open('login');
    const body = { username: 'ada', password: 'a long secret', auth: { type: 'm.login.dummy' } };
    const made = await login.invoke(restEvent('POST', '/_matrix/client/v3/register', body));
    assert.equal(made.status, 200, made.body.toString());
    const client = await open('client');
    const headers: [string, string][] = [['Authorization', `Bearer ${json(made).access_token}`]];
    const who = await client.invoke(restEvent('GET', '/_matrix/client/v3/account/whoami', undefined, headers));
    assert.equal(json(who).user_id, '@ada:lambda.test');
  });

  test('a function that stood still goes on, with the connections that it had or new ones', async () => {
    const client = await open('client');
    const ask = () => client.invoke(restEvent('GET', '/_matrix/client/v3/profile/@nobody:lambda.test'));
    assert.equal((await ask()).status, 404);
    await sleep(1_500);
    assert.equal((await ask()).status, 404);
    // While it stood still the database closed its connection, as proxies and failovers do.
    const backends = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name <> 'myelin-test'`;
    await database.db.query(backends);
    assert.equal((await ask()).status, 404);
    assert.equal(client.starts, 1);
  });

  test('a request that breaks is answered, and the function lives on', async () => {
    const client = await open('client');
    const event = restEvent('GET', '/_matrix/client/versions');
    const broken = await client.invoke({ ...event, httpMethod: 'NO SUCH METHOD' });
    assert.equal(broken.status, 400);
    assert.equal((await client.invoke(event)).status, 200);
    assert.equal(client.starts, 1);
  });

  test('without a database requests fail in time, in the form of the specification', async () => {
    const client = await open('client', { MYELIN_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
    const answer = await client.invoke(restEvent('GET', '/_matrix/client/v3/profile/@nobody:lambda.test'));
    assert.ok([500, 503].includes(answer.status), String(answer.status));
    assert.equal(json(answer).errcode, 'M_UNKNOWN');
  });

  test('a configuration that is wrong fails the start with a sentence', async () => {
    const client = await open('client', { SERVER_SECRET: 'no JSON' });
    await assert.rejects(client.start(), (error) => error instanceof FunctionError && /JSON/.test(error.message));
  });

  test('one that is killed in a call is followed by a new one', async () => {
    const code = join(folder, 'slow');
    const client = await open('client');
    await client.invoke(restEvent('GET', '/_matrix/client/versions'));
    assert.equal(client.starts, 1);
    // The sandbox itself: a function that never answers is killed at its time-out, and the next call starts anew.
    rmSync(code, { recursive: true, force: true });
    const slow = await Sandbox.open({ code: slowFunction(code), env: {}, timeoutMs: 500 });
    sandboxes.push(slow);
    await assert.rejects(slow.invoke({ wait: true }), /timed out/);
    assert.equal((await slow.invoke({ wait: false })).status, 204);
    assert.equal(slow.starts, 2);
  });

  test('the look each minute tells how units are', async () => {
    const watch = await open('watch');
    await watch.invoke({});
    assert.match(watch.output, /"units_missing":\d+/);
  });
});

/** A function that answers only when it is told to. */
function slowFunction(code: string): string {
  const answer = `{ statusCode: 204, headers: {}, body: '' }`;
  const text = `export const handler = (event) => (event.wait ? new Promise(() => setInterval(() => {}, 1000)) : Promise.resolve(${answer}));`;
  mkdirSync(code, { recursive: true });
  writeFileSync(join(code, 'index.mjs'), text);
  return code;
}
