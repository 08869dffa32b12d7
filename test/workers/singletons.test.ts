import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inProcess } from '../../lib/api/http/adapters/in-process.ts';
import { buildApp } from '../../lib/api/http/app.ts';
import type { OpenContext } from '../../lib/domain/create-context.ts';
import { FRONT_UNITS, type UnitName } from '../../lib/routing/unit-names.ts';
import { readDirectory } from '../../lib/storage/streams/processes.ts';
import { clientsOf, makeRoom, type TestUser } from '../kit/server.ts';
import { until } from '../platform/until.ts';
import { type Cluster, cluster } from './cluster.ts';

const SINGLETONS: readonly UnitName[] = ['appservice', 'user-directory', 'background'];
const SHARDED: readonly UnitName[] = ['federation-sender', 'pusher'];

describe('units that work in the background, with a second process that stands by', () => {
  let all: Cluster;
  let first: OpenContext;
  let user: (name: string) => Promise<TestUser>;
  let alice: TestUser;

  before(async () => {
    all = await cluster();
    first = await all.open([...SINGLETONS, ...SHARDED]);
    await all.open([...SINGLETONS, ...SHARDED]);
    await all.open(['event-persister', 'typing', 'to-device', 'account-data', 'receipts', 'presence']);
    const front = await all.open(FRONT_UNITS);
    ({ user } = clientsOf(front, inProcess(buildApp(front, FRONT_UNITS))));
    alice = await user('alice');
    await makeRoom(alice, { preset: 'public_chat', visibility: 'public' });
  });
  after(() => all.close());

  const holders = async (unit: UnitName) => {
    const { leases } = await readDirectory(all.database.db);
    return Map.groupBy(
      leases.filter((lease) => lease.unit === unit),
      (lease) => lease.owner,
    );
  };
  const shares = async (unit: UnitName) => [...(await holders(unit)).values()].map((own) => own.length).sort();

  /** Becomes true once the directory's keeper has taken the user in. */
  const isFound = async (name: string) => {
    const answer = await alice.call('POST', '/user_directory/search', { search_term: name });
    return answer.body.results.some((one: { user_id: string }) => one.user_id === `@${name}:localhost`);
  };
  const comes = async (name: string) => {
    const member = await user(name);
    await makeRoom(member, { preset: 'public_chat', visibility: 'public' });
    await until(`${name} is in the directory`, () => isFound(name));
  };

  test('one process does what is done once at a time; what is sharded, both do', async () => {
    for (const unit of SINGLETONS) assert.deepEqual(await shares(unit), [1], unit);
    for (const unit of SHARDED) {
      await until(`${unit} is shared`, async () => (await shares(unit)).join() === '8,8');
    }
    await comes('bob');
  });

  test('the other one goes on at once when the first ends, where that one stopped', async () => {
    const before = await holders('user-directory');
    // The user comes while nobody may be looking.
    const during = user('carol').then((member) => makeRoom(member, { preset: 'public_chat', visibility: 'public' }));
    const started = performance.now();
    await first.handOver();
    for (const unit of SINGLETONS) {
      const [owner] = (await holders(unit)).keys();
      assert.ok(owner !== undefined && (unit !== 'user-directory' || !before.has(owner)), `${unit} has a new owner`);
    }
    await first.close();
    assert.ok(performance.now() - started < 4_000, 'it did not wait for a lease to end');
    for (const unit of SHARDED) assert.deepEqual(await shares(unit), [16], unit);
    await during;
    await until('carol is in the directory', () => isFound('carol'));
    await comes('dora');
  });
});
