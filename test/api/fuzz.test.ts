import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Endpoint } from '../../lib/api/http/endpoint.ts';
import { allEndpoints } from '../../lib/api/index.ts';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { Dice } from './dice.ts';
import { bodySchemaOf, fieldsOf, parametersOf, plainValue, queryNamesOf } from './endpoint-cases.ts';
import { openApiFacts, operationCount } from './openapi-facts.ts';

const requests = Number(process.env['FUZZ_REQUESTS'] ?? 3_000);
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const slowestMs = 5_000;

let server: TestServer;
let users: TestUser[];
const pool: Record<string, string[]> = { roomId: [], eventId: [], userId: [], deviceId: [] };

before(async () => {
  server = await testServer({ limits: { maxSyncTimeoutMs: 50 } });
  users = [await server.user('alice', { admin: true }), await server.user('bob'), await server.user('carol')];
  for (const user of users) {
    const roomId = await makeRoom(user, { preset: 'public_chat' });
    pool['roomId']?.push(roomId);
    pool['eventId']?.push(await say(user, roomId, 'hello'));
    pool['userId']?.push(user.userId);
    pool['deviceId']?.push(user.deviceId);
  }
});
after(() => server?.close());

/** What ends a session, or the only account with rights, would leave nothing to try. */
const spared = (endpoint: Endpoint) =>
  /\/(logout|logout\/all|account\/deactivate|deactivate\/\{userId\}|account\/password|delete_devices|suspend\/\{userId\}|lock\/\{userId\}|reset_password\/\{userId\}|users\/\{userId\}\/admin)$/.test(
    endpoint.path,
  ) ||
  (endpoint.method === 'DELETE' && endpoint.path.includes('/devices/')) ||
  endpoint.path.endsWith('/account_validity/validity') ||
  (endpoint.method === 'PUT' && endpoint.path.endsWith('/v2/users/{userId}'));

function segment(dice: Dice, name: string): string {
  const known = pool[name] ?? (name === 'roomIdOrAlias' ? pool['roomId'] : undefined);
  if (known && dice.chance(0.7)) return encodeURIComponent(dice.pick(known));
  return dice.pick([
    () => encodeURIComponent(dice.text()),
    () =>
      encodeURIComponent(
        dice.pick(['!a:localhost', '@a:localhost', '$a', '#a:localhost', 'm.room.name', 'global', 'content']),
      ),
    () => dice.pick(['%00', '%FF', '%zz', '%2F', '..', '', '%F0%9F%92%A5', '-1', '0', '99999999999999999999']),
  ])();
}

function query(dice: Dice, endpoint: Endpoint): string {
  const told = openApiFacts(endpoint.method, endpoint.path).query.map(([name]) => name);
  const names = [...new Set([...queryNamesOf(endpoint), ...told])];
  const parts = names.filter(() => dice.chance(0.4)).map((name) => `${name}=${encodeURIComponent(dice.scalarText())}`);
  if (dice.chance(0.05))
    parts.push(`${dice.pick(['user_id', 'device_id', 'ts', 'x', 'access_token'])}=${segment(dice, '')}`);
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

function body(dice: Dice, endpoint: Endpoint): string | undefined {
  if (!endpoint.bodySchema || dice.chance(0.03)) return dice.chance(0.5) ? undefined : dice.text();
  const members = plainValue(bodySchemaOf(endpoint) ?? {});
  if (typeof members !== 'object' || members === null || dice.chance(0.05)) return JSON.stringify(dice.json(3));
  const whole = members as Record<string, unknown>;
  for (const [field, schema] of fieldsOf(endpoint)) {
    if (dice.chance(0.3)) whole[field] = dice.chance(0.6) ? plainValue(schema) : dice.json(3);
  }
  for (const [field, type] of openApiFacts(endpoint.method, endpoint.path).body) {
    if (dice.chance(0.2)) whole[field] = dice.chance(0.6) ? plainValue({ type }) : dice.json(3);
  }
  if (dice.chance(0.3)) whole[dice.text()] = dice.json(2);
  return JSON.stringify(whole);
}

test('the facts of the specification are of its endpoints', () => {
  const known = allEndpoints.filter(({ method, path }) => openApiFacts(method, path).query.length > 0);
  assert.ok(operationCount > 190 && known.length > 25);
  const names = openApiFacts('GET', '/_matrix/client/v3/sync').query.map(([name]) => name);
  assert.ok(names.includes('since') && names.includes('full_state'));
});

test(`${requests} requests that nobody would make (FUZZ_SEED=${seed})`, async (t) => {
  const dice = new Dice(seed);
  const endpoints = allEndpoints.filter((endpoint) => !spared(endpoint));
  const slow: string[] = [];
  const statuses = new Map<number, number>();
  const heap: number[] = [];
  for (let i = 0; i < requests; i++) {
    const endpoint = endpoints[i % endpoints.length] as Endpoint;
    const template = dice.pick([endpoint.path, ...endpoint.aliases]);
    let path = template;
    for (const name of parametersOf(template)) path = path.replace(`{${name}}`, () => segment(dice, name));
    const uri = path + query(dice, endpoint);
    const sent = body(dice, endpoint);
    const what = `${endpoint.method} ${uri} ${sent?.slice(0, 500)} (FUZZ_SEED=${seed}, request ${i})`;
    const started = performance.now();
    const response = await server.fetch(uri, {
      method: endpoint.method,
      headers: { authorization: `Bearer ${dice.pick(users).token}`, 'content-type': 'application/json' },
      ...(sent === undefined || endpoint.method === 'GET' ? {} : { body: sent }),
    });
    const text = await response.text();
    const took = performance.now() - started;
    if (took > slowestMs) slow.push(`${Math.round(took)} ms: ${what}`);
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    // 502 is the fault of another server, which nobody can reach here.
    assert.ok(response.status < 500 || response.status === 502, `${response.status} ${text}: ${what}`);
    if (response.status >= 400 && response.headers.get('content-type')?.includes('json')) {
      const answer = JSON.parse(text) as { errcode?: string; error?: string; flows?: unknown };
      assert.ok(answer.flows || (answer.errcode && answer.error), `${text}: ${what}`);
    }
    if (i % 5_000 === 4_999) heap.push(process.memoryUsage().heapUsed);
  }
  assert.deepEqual(slow, []);
  assert.ok((statuses.get(200) ?? 0) > requests / 20, 'hardly any request did anything');
  if (heap.length >= 10) {
    const third = Math.floor(heap.length / 3);
    const [middle, last] = [Math.min(...heap.slice(third, 2 * third)), Math.min(...heap.slice(-third))];
    assert.ok(last < middle * 1.5 + 32 * 2 ** 20, `the heap grew from ${middle} to ${last} bytes`);
  }
  t.diagnostic(
    `${[...statuses]
      .sort()
      .map(([status, count]) => `${status}: ${count}`)
      .join(', ')}`,
  );
  t.diagnostic(`heap in MiB every 5000 requests: ${heap.map((bytes) => Math.round(bytes / 2 ** 20)).join(' ')}`);
});
