import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MatrixError } from '../../lib/spec/errors.ts';
import type { ReplicationClient } from '../../lib/streams/replication/client.ts';
import type { Delivery } from '../../lib/streams/replication/delivery.ts';
import { NotMineError } from '../../lib/streams/replication/not-mine.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';
import { until } from '../platform/until.ts';
import { caller, type Peer, type PeerOptions, peer } from './kit.ts';

const OWNER = { unit: 'typing', shard: 0 } as const;

describe('commands between processes', () => {
  let database: TestDatabase;
  const open: (() => Promise<void>)[] = [];
  before(async () => {
    database = await testDatabase();
  });
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  after(() => database.drop());

  const join = async (options: PeerOptions): Promise<Peer> => {
    const made = await peer(database, options);
    open.push(() => made.close());
    return made;
  };
  const ask = (): ReplicationClient => {
    const { client } = caller(database);
    open.push(() => client.close());
    return client;
  };

  test('are carried out by the owner, over connections that are kept', async () => {
    const owner = await join({ name: 'a', commands: { 'typing/set': async (body) => ({ got: body }) } });
    const client = ask();
    for (let i = 0; i < 20; i++) assert.deepEqual(await client.call(OWNER, 'typing/set', { i }), { got: { i } });
    assert.ok(owner.network.connections <= 2, `${owner.network.connections} connections for 20 commands`);
  });

  test('what the owner refuses reaches the caller as it was', async () => {
    const error = new MatrixError(400, 'M_BAD_STATE', 'No.', { limit: 3 });
    await join({ name: 'a', commands: { 'typing/set': () => Promise.reject(error) } });
    await assert.rejects(ask().call(OWNER, 'typing/set', {}), (got: MatrixError) => {
      assert.deepEqual([got.status, got.errcode, got.message, got.extra], [400, 'M_BAD_STATE', 'No.', { limit: 3 }]);
      return true;
    });
  });

  test('one whose answer was lost is sent again under its own id, and carried out once', async () => {
    const deliveries: Delivery[] = [];
    const owner = await join({
      name: 'a',
      commands: { 'typing/set': async (_body, delivery) => deliveries.push(delivery) },
    });
    owner.network.mode = 'break';
    assert.equal(await ask().call(OWNER, 'typing/set', {}), 1);
    assert.equal(deliveries.length, 1);
    assert.equal(owner.network.mode, 'pass', 'an answer was lost');
  });

  test('a hanging owner is given up when its lease has ended; the next one knows that it is asked again', async () => {
    const first: Delivery[] = [];
    const second: Delivery[] = [];
    const dying = await join({
      name: 'a',
      commands: { 'typing/set': async (_body, delivery) => void first.push(delivery) },
    });
    const client = ask();
    await client.call(OWNER, 'typing/set', 'before');
    const heir = await join({
      name: 'b',
      commands: {
        'typing/set': async (_body, delivery) => {
          if (heir.group.epochOf(0) === undefined) throw new NotMineError('typing', 0);
          second.push(delivery);
          return 'by the heir';
        },
      },
    });
    dying.die();
    const started = performance.now();
    assert.equal(await client.call(OWNER, 'typing/set', 'after'), 'by the heir');
    assert.ok(performance.now() - started < 4_000, 'the lease is 1.5 s long');
    assert.equal(second.length, 1);
    assert.deepEqual(second[0], { id: first[1]?.id, repeated: true });
    // What the dead one believes to hold is fenced off.
    assert.ok((heir.group.epochOf(0) as number) > 1);
  });

  test('who is not the owner says who is', async () => {
    const asked: string[] = [];
    const mine = (name: string, of: () => Peer) => ({
      'typing/set': async () => {
        asked.push(name);
        if (of().group.epochOf(0) === undefined) throw new NotMineError('typing', 0);
        return name;
      },
    });
    const a: Peer = await join({ name: 'a', commands: mine('a', () => a) });
    const b: Peer = await join({ name: 'b', commands: mine('b', () => b) });
    const { client, directory } = caller(database);
    open.push(() => client.close());
    assert.equal(await client.call(OWNER, 'typing/set', {}), 'a');
    await until('b is known', async () => {
      await a.membership.directory.refresh();
      return a.membership.directory.instancesOf('typing').length === 2;
    });
    await a.group.handOver();
    await b.membership.refresh();
    assert.equal(directory.ownerOf('typing', 0)?.process, a.name, 'the caller has not heard of it');
    asked.length = 0;
    assert.equal(await client.call(OWNER, 'typing/set', {}), 'b');
    assert.deepEqual(asked, ['a', 'b']);
  });

  test('too many at a time are sent back, and their callers wait', async () => {
    let most = 0;
    let now = 0;
    await join({
      name: 'a',
      mostAtOnce: 3,
      commands: {
        'typing/set': async () => {
          most = Math.max(most, ++now);
          await sleep(30);
          now--;
          return 'done';
        },
      },
    });
    const client = ask();
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.call(OWNER, 'typing/set', {})));
    assert.deepEqual(new Set(answers), new Set(['done']));
    assert.ok(most <= 3, `${most} ran at once`);
  });

  test('nobody to reach is told in time', async () => {
    const started = performance.now();
    await assert.rejects(ask().call(OWNER, 'typing/set', {}, 300), (error: MatrixError) => error.status === 503);
    assert.ok(performance.now() - started < 1_500);
  });

  test('an owner that never answers, its lease good, is waited for no longer than the deadline', async () => {
    const owner = await join({ name: 'a', commands: { 'typing/set': async () => 'never heard' } });
    owner.network.mode = 'deaf';
    const started = performance.now();
    await assert.rejects(ask().call(OWNER, 'typing/set', {}, 500), (error: MatrixError) => error.status === 503);
    assert.ok(performance.now() - started < 3_000);
  });
});
