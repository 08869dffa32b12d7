import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Endpoint } from '../../lib/api/http/endpoint.ts';
import { allEndpoints } from '../../lib/api/index.ts';
import { type Answer, makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import {
  bodySchemaOf,
  fieldsOf,
  type Parameters,
  parametersOf,
  pathOf,
  plainValue,
  queryNamesOf,
  wrongValues,
} from './endpoint-cases.ts';

let server: TestServer;
let alice: TestUser;
let stranger: TestUser;
let known: Parameters;

/** Endpoints that would end the session that the cases are run with, or wait for something to happen. */
const ends = (endpoint: Endpoint) =>
  /\/(logout|logout\/all|account\/deactivate|delete_devices|(deactivate|reset_password)\/\{userId\})$/.test(
    endpoint.path,
  ) ||
  /^(PUT .*\/v2\/users\/\{userId\}|DELETE .*\/(v[12]\/rooms\/\{roomId\}|devices\/\{deviceId\}))$/.test(
    `${endpoint.method} ${endpoint.path}`,
  );
const waits = (endpoint: Endpoint) => /\/(sync|events)$/.test(endpoint.path);
const name = (endpoint: Endpoint) => `${endpoint.method} ${endpoint.path}`;
const needsToken = (endpoint: Endpoint) => ['user', 'guest', 'admin'].includes(endpoint.auth);

before(async () => {
  server = await testServer();
  alice = await server.user('alice', { admin: true });
  stranger = await server.user('stranger');
  const roomId = await makeRoom(alice, { preset: 'private_chat' });
  known = {
    version: (await alice.call('POST', '/room_keys/version', { algorithm: 'm.x', auth_data: {} })).body.version,
    roomId,
    roomIdOrAlias: roomId,
    userId: alice.userId,
    eventId: await say(alice, roomId, 'hello'),
    deviceId: alice.deviceId,
    serverName: 'localhost',
  };
});
after(() => server?.close());

/** What every refusal has to be: no fault of ours, and JSON with a code and a sentence. */
function assertRefused(answer: Answer, statuses: number[], what: string): void {
  assert.ok(statuses.includes(answer.status), `${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
  assertWellFormed(answer, what);
}

function assertWellFormed(answer: Answer, what: string): void {
  // 502 is the fault of the server that the request names.
  assert.ok(answer.status < 500 || answer.status === 502, `${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
  if (answer.status < 400 || answer.body?.flows) return;
  if (answer.headers.get('content-type')?.startsWith('text/html')) return;
  assert.match(String(answer.body?.errcode), /^([A-Z]+[._])?[A-Z0-9_.]+$/, `${what}: ${JSON.stringify(answer.body)}`);
  assert.ok(String(answer.body.error).length > 5, `${what}: ${JSON.stringify(answer.body)}`);
}

/** Runs a case for each of some endpoints and reports all that went wrong at once. */
async function each(endpoints: readonly Endpoint[], run: (endpoint: Endpoint) => Promise<void>): Promise<void> {
  const wrong: string[] = [];
  for (const endpoint of endpoints) {
    try {
      await run(endpoint);
    } catch (error) {
      wrong.push((error as Error).message);
    }
  }
  assert.deepEqual(wrong, []);
}

/** An endpoint's path with the query that it cannot do without. */
const withQuery = (endpoint: Endpoint) =>
  `${pathOf(endpoint.path, known)}${endpoint.path.includes('/room_keys/keys') ? `?version=${known['version']}` : ''}`;

// What other servers send is refused for its signature first; test/federation looks behind that.
const withJson = allEndpoints.filter(
  (endpoint) => endpoint.bodySchema && endpoint.auth !== 'federation' && !ends(endpoint),
);

describe('tokens', () => {
  const guarded = allEndpoints.filter(needsToken);

  test('none', () =>
    each(guarded, async (endpoint) => {
      const answer = await server.call(endpoint.method, pathOf(endpoint.path, known));
      assertRefused(answer, [401], name(endpoint));
      assert.equal(answer.body.errcode, 'M_MISSING_TOKEN', name(endpoint));
    }));

  test('forged, in the header and in the query', () =>
    each(guarded, async (endpoint) => {
      const path = pathOf(endpoint.path, known);
      const forged = alice.token.slice(0, -2).concat('xx');
      for (const answer of [
        await server.call(endpoint.method, path, undefined, { headers: { authorization: `Bearer ${forged}` } }),
        await server.call(endpoint.method, `${path}?access_token=${forged}`),
        await server.call(endpoint.method, `${path}?access_token=${'x'.repeat(5_000)}`),
        await server.call(endpoint.method, `${path}?access_token=%00`),
      ]) {
        assertRefused(answer, [401], name(endpoint));
        assert.equal(answer.body.errcode, 'M_UNKNOWN_TOKEN', name(endpoint));
      }
      const basic = await server.call(endpoint.method, path, undefined, { headers: { authorization: 'Basic eDp5' } });
      assertRefused(basic, [401], name(endpoint));
    }));

  test('a true one in the query works', async () => {
    const answer = await server.call('GET', `/account/whoami?access_token=${alice.token}`);
    assert.equal(answer.body.user_id, alice.userId);
  });

  test('of a user who is no administrator', () =>
    each(
      allEndpoints.filter((endpoint) => endpoint.auth === 'admin'),
      async (endpoint) => {
        const answer = await stranger.call(endpoint.method, pathOf(endpoint.path, known), endpoint.bodySchema && {});
        assertRefused(answer, [403], name(endpoint));
        assert.equal(answer.body.errcode, 'M_FORBIDDEN', name(endpoint));
      },
    ));
});

describe('bodies', () => {
  const call = (endpoint: Endpoint, body: unknown) => alice.call(endpoint.method, withQuery(endpoint), body);

  test('that are no JSON', () =>
    each(withJson, async (endpoint) => {
      for (const text of ['{', '{"a":}', 'hello', '{"a":1}}', "{'a':1}", '\ufeff{"a":NaN}']) {
        const answer = await call(endpoint, text);
        assertRefused(answer, [400], `${name(endpoint)} ${text}`);
        assert.equal(answer.body.errcode, 'M_NOT_JSON', name(endpoint));
      }
    }));

  test('that are no UTF-8', () =>
    each(withJson, async (endpoint) => {
      const response = await server.fetch(withQuery(endpoint), {
        method: endpoint.method,
        headers: { authorization: `Bearer ${alice.token}` },
        body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      });
      assert.equal(response.status, 400, name(endpoint));
      assert.equal(((await response.json()) as { errcode: string }).errcode, 'M_NOT_JSON');
    }));

  test('that are not there', () =>
    each(
      withJson.filter((endpoint) => !endpoint.bodyOptional),
      async (endpoint) => {
        const answer = await call(endpoint, undefined);
        assertRefused(answer, [400], name(endpoint));
      },
    ));

  test('that are no objects', () =>
    each(
      withJson.filter((endpoint) => bodySchemaOf(endpoint)?.type === 'object'),
      async (endpoint) => {
        for (const body of [[], 'text', 3, null, true]) {
          const answer = await call(endpoint, JSON.stringify(body));
          assertRefused(answer, [400], `${name(endpoint)} ${JSON.stringify(body)}`);
        }
      },
    ));

  test('with a member of another type', async (t) => {
    let cases = 0;
    await each(withJson, async (endpoint) => {
      const plain = plainValue(bodySchemaOf(endpoint) ?? {}) as object;
      for (const [field, schema] of fieldsOf(endpoint)) {
        for (const value of wrongValues(schema)) {
          cases++;
          const answer = await call(endpoint, { ...plain, [field]: value });
          assertRefused(answer, [400], `${name(endpoint)} ${field} = ${JSON.stringify(value)}`);
        }
      }
    });
    t.diagnostic(`${cases} cases`);
  });

  test('without a member that has to be there', () =>
    each(withJson, async (endpoint) => {
      const schema = bodySchemaOf(endpoint) ?? {};
      const plain = plainValue(schema) as Record<string, unknown>;
      for (const field of schema.required ?? []) {
        const { [field]: _, ...rest } = plain;
        assertRefused(await call(endpoint, rest), [400], `${name(endpoint)} without ${field}`);
      }
    }));

  test('that are too long', () =>
    each(withJson, async (endpoint) => {
      const longest = endpoint.maxBodyBytes ?? server.ctx.config.limits.maxBodyBytes;
      const response = await server.fetch(withQuery(endpoint), {
        method: endpoint.method,
        headers: { authorization: `Bearer ${alice.token}`, 'content-length': String(longest + 1) },
        body: '{}',
      });
      assert.equal(response.status, 413, name(endpoint));
      assert.equal(((await response.json()) as { errcode: string }).errcode, 'M_TOO_LARGE');
    }));

  test('that are too long and say nothing of it', async () => {
    const answer = await alice.call('PUT', `/user/${alice.userId}/account_data/big`, `{"a":"${'x'.repeat(7 << 20)}"}`);
    assertRefused(answer, [413], 'a long body');
  });

  test('nested deeply, with huge numbers, NUL characters and lone surrogates', () =>
    each(withJson, async (endpoint) => {
      const plain = plainValue(bodySchemaOf(endpoint) ?? {}) as object;
      const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
      assertRefused(await call(endpoint, deep), [400], `${name(endpoint)} nested`);
      for (const value of ['1e400', '123456789012345678901234567890', '-0', '1e-400', '"\\u0000"', '"\\ud800"']) {
        const text = JSON.stringify({ ...plain, odd: 0 }).replace('"odd":0', `"odd":${value}`);
        assertWellFormed(await call(endpoint, text), `${name(endpoint)} ${value}`);
        for (const [field] of fieldsOf(endpoint)) {
          const changed = JSON.stringify({ ...plain, [field]: '@@' }).replace('"@@"', value);
          assertWellFormed(await call(endpoint, changed), `${name(endpoint)} ${field} = ${value}`);
        }
      }
    }));
});

describe('events', () => {
  before(async () => {
    known['roomId'] = await makeRoom(alice);
  });

  const send = (body: unknown) =>
    alice.call('PUT', pathOf('/rooms/{roomId}/send/m.room.message/{t}', { ...known, t: `t${Math.random()}` }), body);

  test('above 64 KiB', async () => {
    const answer = await send({ msgtype: 'm.text', body: 'x'.repeat(66_000) });
    assertRefused(answer, [413], 'a long event');
    assert.equal(answer.body.errcode, 'M_TOO_LARGE');
  });

  test('with numbers that canonical JSON cannot hold', async () => {
    for (const number of ['1.5', '9007199254740993', '1e400', '-1e30']) {
      const answer = await send(`{"msgtype":"m.text","body":"x","n":${number}}`);
      assertRefused(answer, [400], number);
      assert.equal(answer.body.errcode, 'M_BAD_JSON', number);
    }
  });

  test('with a NUL or a lone surrogate are sent or refused, never lost on the way', async () => {
    for (const body of ['a\\u0000b', 'a\\ud800b']) {
      const answer = await send(`{"msgtype":"m.text","body":"${body}"}`);
      assertWellFormed(answer, body);
      if (answer.status !== 200) continue;
      const read = await alice.call(
        'GET',
        pathOf('/rooms/{roomId}/event/{eventId}', { ...known, eventId: answer.body.event_id }),
      );
      assert.equal(read.body.content.body, JSON.parse(`"${body}"`));
    }
  });

  test('with a type or state key above 255 bytes', async () => {
    const long = 'x'.repeat(256);
    for (const path of [`/send/${long}/t1`, `/state/${long}/`, `/state/m.test/${long}`]) {
      assertRefused(await alice.call('PUT', pathOf(`/rooms/{roomId}${path}`, known), {}), [400, 413], path);
    }
  });
});

describe('paths', () => {
  const odd = [
    '',
    '!',
    '@',
    '$',
    '#',
    '%00',
    '%FF',
    '%E0%A4',
    '%',
    '%zz',
    '..',
    '%2e%2e',
    '!unknown:localhost',
    '@x:y:z',
    `!${'x'.repeat(300)}`,
    '!room:other.example',
    encodeURIComponent('💥'.repeat(70)),
    '@Alice:localhost',
    '-1',
    '1e9',
    'null',
    '%0A',
    "'",
    '%25',
  ];

  test('with identifiers that cannot be', async () => {
    const wrong = allEndpoints.filter((endpoint) => parametersOf(endpoint.path).length > 0 && !waits(endpoint));
    await each(wrong, async (endpoint) => {
      const body = endpoint.bodySchema && plainValue(bodySchemaOf(endpoint) ?? {});
      for (const parameter of parametersOf(endpoint.path)) {
        const [head = '', tail = ''] = endpoint.path.split(`{${parameter}}`);
        for (const value of odd) {
          const path = `${pathOf(head, known)}${value}${pathOf(tail, known)}`;
          assertWellFormed(await alice.call(endpoint.method, path, body), `${endpoint.method} ${path}`);
        }
      }
    });
  });

  test('of a room that is unknown, or that the user is not in', () =>
    each(
      allEndpoints.filter(
        (endpoint) => endpoint.path.includes('{roomId}') && endpoint.auth !== 'admin' && needsToken(endpoint),
      ),
      async (endpoint) => {
        const body = endpoint.bodySchema && plainValue(bodySchemaOf(endpoint) ?? {});
        for (const [roomId, who] of [
          ['!unknown:localhost', alice],
          [known['roomId'], stranger],
        ] as const) {
          const values = { ...known, roomId: roomId as string, userId: who.userId };
          const answer = await who.call(endpoint.method, pathOf(endpoint.path, values), body);
          const what = `${name(endpoint)} ${roomId}`;
          // Tags, keys and the like belong to the user, and need no room.
          if (/\/(account_data|tags|room_keys|forget|account_data\/)/.test(endpoint.path))
            assertWellFormed(answer, what);
          else if (/\/(directory\/list|leave|report$)/.test(endpoint.path)) assertWellFormed(answer, what);
          else assertRefused(answer, [400, 403, 404], what);
        }
      },
    ));

  test('that nobody serves', async () => {
    for (const path of [
      '/_matrix/client/v3/nothing',
      '/_matrix',
      '/_matrix/client/v99/sync',
      '/_synapse/admin/v9/x',
      '/_matrix/client/v3/rooms',
      '/_matrix/media/v3/nothing',
    ]) {
      const answer = await alice.call('GET', path);
      assertRefused(answer, [404], path);
      assert.equal(answer.body.errcode, 'M_UNRECOGNIZED', path);
    }
  });

  test('with another method', () =>
    each(allEndpoints, async (endpoint) => {
      for (const template of [endpoint.path, ...endpoint.aliases]) {
        const path = pathOf(template, known);
        const answer = await alice.call('PATCH', path);
        assertRefused(answer, [405], path);
        assert.equal(answer.body.errcode, 'M_UNRECOGNIZED', path);
      }
    }));
});

describe('queries', () => {
  test('with parameters twice, empty, and of the wrong kind', () =>
    each(
      allEndpoints.filter((endpoint) => !waits(endpoint) && !ends(endpoint)),
      async (endpoint) => {
        const body = endpoint.bodySchema && plainValue(bodySchemaOf(endpoint) ?? {});
        const path = pathOf(endpoint.path, known);
        for (const field of [...queryNamesOf(endpoint), 'user_id', 'device_id']) {
          for (const query of [
            `${field}=a&${field}=b`,
            `${field}=`,
            field,
            `${field}=-1`,
            `${field}=1e99`,
            `${field}=%00`,
            `${field}=%FF`,
            `${field}=[]`,
            `${field}={`,
          ]) {
            assertWellFormed(
              await alice.call(endpoint.method, `${path}?${query}`, body),
              `${name(endpoint)} ?${query}`,
            );
          }
        }
      },
    ));

  test('of a sync', async () => {
    for (const query of [
      'since=x',
      'since=s1_2',
      'filter={',
      'filter=nothing',
      'timeout=x',
      'full_state=maybe',
      'since=%00',
      'set_presence=away',
      'filter=%7B%22room%22%3A3%7D',
    ]) {
      assertRefused(await alice.call('GET', `/sync?timeout=0&${query}`), [200, 400, 404], query);
    }
  });
});

test('too many requests get 429 with the time to wait', async () => {
  const strict = await testServer({ rateLimits: { message: { perSecond: 0.1, burstCount: 1 } } });
  try {
    const bob = await strict.user('bob');
    const roomId = await makeRoom(bob);
    const answers = [];
    for (let i = 0; i < 3; i++)
      answers.push(await bob.call('PUT', `/rooms/${roomId}/send/m.room.message/${i}`, { body: 'x' }));
    const last = answers.at(-1) as Answer;
    assert.equal(last.status, 429);
    assert.equal(last.body.errcode, 'M_LIMIT_EXCEEDED');
    assert.ok(last.body.retry_after_ms > 0 && last.body.retry_after_ms <= 20_000, JSON.stringify(last.body));
    assert.equal(Number(last.headers.get('retry-after')), Math.ceil(last.body.retry_after_ms / 1_000));
  } finally {
    await strict.close();
  }
});
