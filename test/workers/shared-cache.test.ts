import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inProcess } from '../../lib/api/http/adapters/in-process.ts';
import { buildApp } from '../../lib/api/http/app.ts';
import type { OpenContext } from '../../lib/domain/create-context.ts';
import { FRONT_UNITS } from '../../lib/routing/unit-names.ts';
import { clientsOf } from '../kit/server.ts';
import { until } from '../platform/until.ts';
import { type Cluster, cluster } from './cluster.ts';

describe('what processes without memory share', () => {
  let all: Cluster;
  let fronts: OpenContext[];
  before(async () => {
    all = await cluster();
    const writers = ['typing', 'to-device', 'account-data', 'receipts', 'presence', 'event-persister'] as const;
    await all.open(writers);
    await all.open(['background']);
    fronts = [await all.open(['client', 'login', 'keys']), await all.open(['client', 'login', 'keys'])];
  });
  after(() => all.close());

  const clients = () => fronts.map((ctx) => clientsOf(ctx, inProcess(buildApp(ctx, FRONT_UNITS))));
  const as = (front: number, token: string) => (method: string, path: string, body?: unknown) =>
    clients()[front]!.call(method, path, body, { headers: { authorization: `Bearer ${token}` } });

  test('a token is asked of the database once, and is good nowhere after its end', async () => {
    const { token, userId } = await clients()[0]!.user('alice');
    const [here, there] = [as(0, token), as(1, token)];
    for (const call of [here, there]) assert.equal((await call('GET', '/account/whoami')).body.user_id, userId);
    const { db } = fronts[1]!;
    const asked: string[] = [];
    fronts[1]!.db = new Proxy(db, {
      get(target, name) {
        if (name !== 'query') return Reflect.get(target, name);
        return (sql: string, params: unknown[]) => {
          asked.push(sql);
          return target.query(sql, params);
        };
      },
    });
    assert.equal((await there('GET', '/account/whoami')).status, 200);
    fronts[1]!.db = db;
    assert.deepEqual(
      asked.filter((sql) => sql.includes('access_tokens')),
      [],
    );
    assert.equal((await here('POST', '/logout')).status, 200);
    assert.equal((await there('GET', '/account/whoami')).status, 401);
  });

  test('a profile that one changes is new everywhere', async () => {
    const { token, userId } = await clients()[0]!.user('bob');
    const path = `/profile/${userId}/displayname`;
    for (const name of ['Bob', 'Robert', 'Bobby']) {
      assert.equal((await as(0, token)('PUT', path, { displayname: name })).status, 200);
      assert.equal((await as(1, token)('GET', path)).body.displayname, name);
    }
  });

  test('a change whose maker was cut off from the cache is noticed by the background unit', async () => {
    const { token, userId } = await clients()[0]!.user('carol');
    for (const front of [0, 1]) assert.equal((await as(front, token)('GET', `/profile/${userId}`)).status, 200);
    const { shared } = fronts[0]!;
    const outdate = async () => {};
    fronts[0]!.shared = new Proxy(shared, {
      get: (target, name) => (name === 'outdate' ? outdate : Reflect.get(target, name).bind(target)),
    });
    const changed = await as(0, token)('PUT', `/profile/${userId}/displayname`, { displayname: 'Carol' });
    assert.equal(changed.status, 200);
    fronts[0]!.shared = shared;
    await until('the other front has it', async () => {
      const { body } = await as(1, token)('GET', `/profile/${userId}`);
      return body.displayname === 'Carol';
    });
  });
});
