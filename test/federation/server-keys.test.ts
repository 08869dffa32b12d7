import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { loadConfig } from '../../lib/config/config.ts';
import { createFederation, type Federation } from '../../lib/domain/federation/federation.ts';
import { InProcessBus } from '../../lib/platform/adapters/in-process-bus.ts';
import { InProcessCache } from '../../lib/platform/adapters/in-process-cache.ts';
import { ManualClock } from '../../lib/platform/clock.ts';
import { generateSigningKey, signJson } from '../../lib/spec/signing.ts';
import type { FakeServer } from '../kit/fake-server.ts';
import { TestNetwork } from '../kit/network.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';

const DAY = 24 * 3_600_000;

describe('keys of other servers', () => {
  let database: TestDatabase;
  let network: TestNetwork;
  let clock: ManualClock;
  let federation: Federation;
  let peer: FakeServer;
  let notary: FakeServer;
  let count = 0;

  /** A process that knows nothing yet but what is in the database. */
  const open = () =>
    createFederation({
      config: loadConfig({
        env: {},
        overrides: { serverName: 'here.test', federation: { trustedKeyServers: ['notary.test:1'] } },
      }),
      http: network,
      cache: new InProcessCache(),
      clock,
      db: database.db,
      bus: new InProcessBus(),
      signer: { serverName: 'here.test', key: generateSigningKey() },
    });
  const keyAt = async (validAt: number, keyId = peer.key.keyId) =>
    (await federation.keys.publicKeys([{ serverName: peer.name, keyId, validAt }]))[0];

  before(async () => {
    database = await testDatabase();
  });
  after(() => database.drop());
  beforeEach(() => {
    network = new TestNetwork();
    clock = new ManualClock(Date.now());
    federation = open();
    peer = network.fake(`peer${++count}.test:1`);
    notary = network.fake('notary.test:1');
  });

  test('a key is fetched once, and stays when its server is gone', async () => {
    assert.equal(await keyAt(clock.now()), peer.key.publicKey);
    assert.equal(await keyAt(clock.now()), peer.key.publicKey);
    assert.equal(network.sentTo(peer.name).length, 1);
    network.down.add(peer.name);
    federation = open();
    assert.equal(await keyAt(clock.now()), peer.key.publicKey);
  });

  test('questions at the same time share one request', async () => {
    const ask = { serverName: peer.name, keyId: peer.key.keyId, validAt: clock.now() };
    await Promise.all([1, 2, 3].map(() => federation.keys.publicKeys([ask, ask])));
    assert.equal(network.sentTo(peer.name).length, 1);
  });

  test('after its time a key counts for what is older, and is asked for again', async () => {
    const until = clock.now() + DAY;
    peer.keyAnswer = { valid_until_ts: until };
    assert.equal(await keyAt(until), peer.key.publicKey);
    network.down.add(peer.name);
    assert.equal(await keyAt(until + 1), undefined);
    assert.equal(await keyAt(until), peer.key.publicKey);
    assert.equal(await keyAt(0), peer.key.publicKey);
    network.down.delete(peer.name);
    peer.keyAnswer = { valid_until_ts: until + DAY };
    federation = open();
    await federation.destinations.reached(peer.name);
    assert.equal(await keyAt(until + 1), peer.key.publicKey);
  });

  test('no key is good for more than a week without being asked for', async () => {
    peer.keyAnswer = { valid_until_ts: clock.now() + 1_000 * DAY };
    assert.equal(await keyAt(clock.now() + 7 * DAY), peer.key.publicKey);
    assert.equal(await keyAt(clock.now() + 7 * DAY + 1), undefined);
  });

  test('after a rotation the old key counts until it expired', async () => {
    const old = peer.key;
    await keyAt(clock.now());
    peer.key = generateSigningKey('new');
    const expired = clock.now() - DAY;
    peer.keyAnswer = { old_verify_keys: { [old.keyId]: { key: old.publicKey, expired_ts: expired } } };
    assert.equal(await keyAt(clock.now()), peer.key.publicKey);
    assert.equal(await keyAt(expired, old.keyId), old.publicKey);
    assert.equal(await keyAt(expired + 1, old.keyId), undefined);
  });

  test('an answer that its server has not signed is worth nothing', async () => {
    const other = generateSigningKey();
    peer.on('GET', /^\/_matrix\/key\/v2\/server/, () => {
      const { signatures: _s, ...said } = peer.keys();
      return signJson(said, peer.name, other) as never;
    });
    assert.equal(await keyAt(clock.now()), undefined);
    assert.equal(await keyAt(clock.now()), undefined);
    assert.equal(network.sentTo(peer.name).length, 1);
  });

  test('an answer about another server is worth nothing', async () => {
    peer.keyAnswer = { server_name: 'other.test' };
    assert.equal(await keyAt(clock.now()), undefined);
  });

  test('a notary is believed where the server is gone, when both have signed', async () => {
    network.down.add(peer.name);
    let answer = signJson(peer.keys(), notary.name, generateSigningKey());
    notary.on('POST', /^\/_matrix\/key\/v2\/query$/, () => ({ server_keys: [answer as never] }));
    assert.equal(await keyAt(clock.now()), undefined);
    federation = open();
    answer = signJson(peer.keys(), notary.name, notary.key);
    assert.equal(await keyAt(clock.now()), peer.key.publicKey);
    const [asked] = network.sentTo(notary.name, '/query').map(({ body }) => JSON.parse(body));
    assert.deepEqual(asked.server_keys[peer.name], { [peer.key.keyId]: { minimum_valid_until_ts: clock.now() } });
  });

  test('objects are checked together, each by its own server', async () => {
    const other = network.fake('other.test:1');
    const good = signJson({ a: 1 }, peer.name, peer.key);
    const now = clock.now();
    const right = await federation.keys.verify([
      { object: good, serverName: peer.name, validAt: now },
      { object: { ...good, a: 2 }, serverName: peer.name, validAt: now },
      { object: signJson({ a: 1 }, other.name, other.key), serverName: other.name, validAt: now },
      { object: signJson({ a: 1 }, other.name, peer.key), serverName: other.name, validAt: now },
      { object: good, serverName: other.name, validAt: now },
    ]);
    assert.deepEqual(right, [true, false, true, false, false]);
  });
});
