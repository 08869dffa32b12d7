import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unitNamesOf } from '../../functions/units.ts';
import { startPrivateRedis } from '../../lib/cli/supervisor/private-redis.ts';
import { processesOf } from '../../lib/cli/supervisor/processes.ts';
import type { Config } from '../../lib/config/config.ts';
import { loadConfig } from '../../lib/config/config.ts';
import { Targets } from '../../lib/gateway/targets.ts';
import { balanceKey } from '../../lib/routing/balance.ts';
import { resolve } from '../../lib/routing/resolve.ts';

const placementIn = (placement: unknown): Config['placement'] =>
  loadConfig({ env: {}, overrides: { serverName: 'localhost', placement } as never }).placement;
const names = (placement: unknown) => processesOf(placementIn(placement)).map(({ name }) => name);

describe('placements', () => {
  test('every one has a gateway, a process for each Lambda unit, and each task unit somewhere', () => {
    for (const name of ['small', 'scaled'] as const) {
      const plans = processesOf(name);
      assert.equal(plans[0]?.kind, 'gateway');
      const lambdas = plans.filter(({ kind }) => kind === 'lambda').flatMap(({ units }) => units);
      assert.deepEqual(lambdas, unitNamesOf('lambda'));
      const tasks = plans.filter(({ kind }) => kind === 'task').flatMap(({ units }) => units);
      assert.deepEqual(new Set(tasks), new Set(unitNamesOf('task')));
      assert.equal(new Set(plans.map((plan) => plan.name)).size, plans.length, 'names are unique');
    }
    const scaled = names('scaled');
    for (const one of ['sync-2', 'event-persister-2', 'pusher-2', 'federation-sender-2', 'typing']) {
      assert.ok(scaled.includes(one), one);
    }
  });

  test('the configuration can put units together and say how many there are', () => {
    const own = { 'event-persister': { group: 'events', count: 3 }, typing: { group: 'chatter', count: 1 } };
    const found = names(own);
    assert.deepEqual(
      found.filter((name) => name.startsWith('events')),
      ['events-1', 'events-2', 'events-3'],
    );
    assert.ok(found.includes('chatter') && found.includes('writers'), 'the others are as in small');
  });

  test('one that cannot run is refused in a sentence', () => {
    assert.throws(() => names({ typing: { group: 'typing', count: 3 } }), /typing works once at a time/);
    const apart = { typing: { group: 'x', count: 1 }, presence: { group: 'x', count: 2 } };
    assert.throws(() => names(apart), /The group x has two counts/);
  });

  test('without Redis on the PATH a sentence says what to do', async () => {
    const { PATH } = process.env;
    process.env['PATH'] = '/nowhere';
    try {
      await assert.rejects(
        startPrivateRedis(() => {}),
        /no redis-server on the PATH\. Install it .* redisUrl/,
      );
    } finally {
      process.env['PATH'] = PATH;
    }
  });
});

describe('hints for the gateway', () => {
  const keyOf = (method: string, path: string) => {
    const found = resolve(method, path);
    assert.ok(found, path);
    return balanceKey(found.endpoint, { params: found.params, user: 'the user', ip: 'the peer' });
  };

  test('keep a user’s syncs, a room’s messages and a server’s transactions together', () => {
    assert.equal(keyOf('GET', '/_matrix/client/v3/sync'), 'the user');
    assert.equal(keyOf('GET', '/_matrix/client/v3/rooms/!a:b/messages'), '!a:b');
    assert.equal(keyOf('PUT', '/_matrix/client/v3/rooms/!a:b/send/m.room.message/1'), '!a:b');
    assert.equal(keyOf('PUT', '/_matrix/federation/v1/send/1'), 'the peer');
    assert.equal(keyOf('GET', '/_matrix/client/versions'), undefined);
  });

  test('an instance that goes moves its own keys only, and one that refuses is left out', () => {
    const targets = new Targets();
    const three = ['http://a', 'http://b', 'http://c'];
    targets.set({ sync: three });
    const keys = Array.from({ length: 300 }, (_, i) => `user ${i}`);
    const before = new Map(keys.map((key) => [key, targets.pick('sync', key)]));
    for (const target of three) {
      const share = [...before.values()].filter((one) => one === target).length;
      assert.ok(share > 60 && share < 140, `${target} has ${share} of 300`);
    }
    targets.set({ sync: ['http://a', 'http://c'] });
    for (const [key, target] of before) if (target !== 'http://b') assert.equal(targets.pick('sync', key), target);
    targets.suspect('http://a');
    for (const key of keys) assert.equal(targets.pick('sync', key), 'http://c');
    assert.deepEqual(
      [1, 2].map(() => targets.pick('media', undefined)),
      [undefined, undefined],
    );
  });
});
