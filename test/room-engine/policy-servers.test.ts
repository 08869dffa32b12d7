import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { loadConfig } from '../../lib/config/config.ts';
import { createFederation, type Federation } from '../../lib/domain/federation/federation.ts';
import { RemotePolicyServers } from '../../lib/domain/rooms/engine/policy-servers.ts';
import { InProcessBus } from '../../lib/platform/adapters/in-process-bus.ts';
import { InProcessCache } from '../../lib/platform/adapters/in-process-cache.ts';
import { systemClock } from '../../lib/platform/clock.ts';
import { MatrixError } from '../../lib/spec/errors.ts';
import { type Pdu, signEvent } from '../../lib/spec/events.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import { generateSigningKey } from '../../lib/spec/signing.ts';
import type { FakeAnswer, FakeServer } from '../kit/fake-server.ts';
import { TestNetwork } from '../kit/network.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';
import { LOCAL, LOCAL_KEY, ME, type TestEngine, testEngine } from './engine-kit.ts';
import { ALICE, BOB, RemoteRoom } from './remote-room.ts';

const KEY = generateSigningKey('policy_server');
const POLICY = 'policy.test:1';
const BOT = `@bot:${POLICY}`;

describe('policy servers', () => {
  let engine: TestEngine;
  let network: TestNetwork;
  let federation: Federation;
  let server: FakeServer;
  let database: TestDatabase;
  let asked: Pdu[];
  let answer: (pdu: Pdu, room: RemoteRoom) => FakeAnswer;
  let room: RemoteRoom;

  before(async () => {
    database = await testDatabase();
    network = new TestNetwork();
    server = network.fake(POLICY);
    server.on('POST', /^\/_matrix\/policy\/v1\/sign$/, ({ body }) => {
      asked.push(body);
      return answer(body, room);
    });
    federation = createFederation({
      config: loadConfig({ env: {}, overrides: { serverName: LOCAL } }),
      http: network,
      cache: new InProcessCache(),
      clock: systemClock,
      db: database.db,
      bus: new InProcessBus(),
      signer: { serverName: LOCAL, key: LOCAL_KEY },
    });
    engine = await testEngine({ database, policyServers: new RemotePolicyServers(federation.client) });
  });
  after(async () => {
    await engine.close();
    await database.drop();
  });
  beforeEach(() => {
    asked = [];
    network.down.clear();
    answer = signed;
  });

  const signed = (pdu: Pdu, inRoom: RemoteRoom, key = KEY): FakeAnswer => {
    const { signatures } = signEvent({ ...pdu, signatures: {} }, inRoom.version, POLICY, key);
    return { [POLICY]: signatures[POLICY] as JsonObject };
  };
  const policy = (content: JsonObject = { via: POLICY, public_keys: { ed25519: KEY.publicKey } }) =>
    ['m.room.policy', '', ALICE, content] as const;
  const start = async (version = '12', withBot = true) => {
    room = new RemoteRoom(version).start({ levels: { [ME]: 50, [BOB]: 50 } });
    room.member(BOB, BOB, 'join');
    if (withBot) room.member(BOT, BOT, 'join');
    room.state(...policy());
    await room.joinedBy(engine.events);
    asked = [];
    return room;
  };
  const say = (body = 'hello') =>
    engine.events.send({
      roomId: room.roomId,
      event: { type: 'm.room.message', sender: ME, content: { msgtype: 'm.text', body } },
    });
  const stored = async (eventId: string) =>
    (await engine.db.query('SELECT json, position, flags FROM events WHERE event_id = $1', [eventId]))[0];

  for (const version of ['1', '6', '11', '12']) {
    test(`version ${version}: what is sent is signed by it first`, async () => {
      await start(version);
      const { eventId } = await say();
      assert.equal(asked.length, 1);
      assert.equal(asked[0]?.type, 'm.room.message');
      assert.ok(asked[0]?.signatures[LOCAL], 'it is signed by its own server when the policy server sees it');
      const { signatures } = JSON.parse((await stored(eventId)).json);
      assert.deepEqual(Object.keys(signatures).sort(), [LOCAL, POLICY]);
      assert.deepEqual(Object.keys(signatures[POLICY]), ['ed25519:policy_server']);
    });
  }

  test('state is sent to it too', async () => {
    await start();
    await engine.events.send({
      roomId: room.roomId,
      event: { type: 'm.room.topic', stateKey: '', sender: ME, content: { topic: 'x' } },
    });
    assert.equal(asked[0]?.type, 'm.room.topic');
  });

  test('a refusal is told as it is, and nothing is sent', async () => {
    await start();
    answer = () => [400, { errcode: 'M_FORBIDDEN', error: 'spam, it seems' }];
    await assert.rejects(say('buy now'), (error: MatrixError) => {
      assert.deepEqual([error.status, error.errcode, error.message], [400, 'M_FORBIDDEN', 'spam, it seems']);
      return true;
    });
    const rows = await engine.db.query(`SELECT 1 FROM events WHERE json LIKE '%buy now%'`);
    assert.equal(rows.length, 0);
    answer = () => [429, { errcode: 'M_LIMIT_EXCEEDED', error: 'slowly', retry_after_ms: 7_000 }];
    await assert.rejects(
      say(),
      (error: MatrixError) => error.status === 429 && error.extra['retry_after_ms'] === 7_000,
    );
  });

  test('one that cannot be reached, or does not sign, sends nothing', async () => {
    await start();
    for (const bad of [
      () => ({}),
      () => ({ [POLICY]: { 'ed25519:other': 'x' } }),
      (pdu: Pdu) => signed(pdu, room, generateSigningKey('policy_server')),
      () => [401, { errcode: 'M_UNKNOWN_TOKEN', error: 'who?' }] as [number, JsonObject],
    ]) {
      answer = bad as typeof answer;
      await assert.rejects(say(), (error: MatrixError) => error instanceof MatrixError && error.status === 502);
    }
    network.down.add(POLICY);
    await assert.rejects(say(), (error: MatrixError) => error.status === 502);
    network.down.clear();
    await federation.destinations.reached(POLICY);
  });

  test('it is not asked about itself', async () => {
    await start();
    const [type, stateKey, sender, content] = policy({});
    const gone = room.state(type, stateKey, sender, content);
    await room.sendTo(engine.events, [gone]);
    assert.deepEqual(asked, []);
    await say('nobody needs to be asked any more');
    assert.deepEqual(asked, []);
  });

  test('it is not asked where none of its users is in the room, or where it is not named as it should be', async () => {
    await start('12', false);
    await say();
    for (const content of [
      { via: POLICY },
      { via: 5, public_keys: { ed25519: KEY.publicKey } },
      { via: POLICY, public_keys: {} },
    ]) {
      await start();
      await room.sendTo(engine.events, [room.state(...policy(content))]);
      await say();
    }
    assert.deepEqual(asked, []);
  });

  test('an event from elsewhere that it has signed is taken without asking', async () => {
    await start();
    const id = room.say(ALICE, 'fine');
    const pdu = signEvent(room.pdu(id), room.version, POLICY, KEY);
    const [result] = await engine.events.receive({
      roomId: room.roomId,
      origin: 'a.example',
      pdus: [{ pdu: pdu as JsonObject }],
    });
    assert.equal(result?.status, 'accepted');
    assert.deepEqual(asked, []);
  });

  test('one without its signature, or with a wrong one, is shown to it, and hidden when it does not sign', async () => {
    await start();
    const fine = room.say(ALICE, 'fine');
    assert.equal((await room.sendTo(engine.events, [fine]))[0]?.status, 'accepted');
    assert.equal(asked.length, 1);
    assert.ok(JSON.parse((await stored(fine)).json).signatures[POLICY], 'the signature goes on with the event');

    answer = () => [400, { errcode: 'M_FORBIDDEN', error: 'spam' }];
    const spam = room.say(BOB, 'spam', { after: [fine] });
    const wrong = signEvent(room.pdu(spam), room.version, POLICY, generateSigningKey('policy_server'));
    const [result] = await engine.events.receive({
      roomId: room.roomId,
      origin: 'b.example',
      pdus: [{ pdu: wrong as JsonObject }],
    });
    assert.equal(result?.status, 'soft-failed');
    assert.equal(asked.length, 2);
    assert.equal((await stored(spam)).position, null);
    network.down.add(POLICY);
    const late = room.say(BOB, 'unseen', { after: [fine] });
    assert.equal((await room.sendTo(engine.events, [late]))[0]?.status, 'soft-failed');
    network.down.clear();
    await federation.destinations.reached(POLICY);
  });
});
