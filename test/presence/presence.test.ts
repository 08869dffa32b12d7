import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { until } from '../platform/until.ts';

const status = (user: TestUser) => `/presence/${user.userId}/status`;

/** Alice and Bob share a room, Eve is in none. */
async function people(server: TestServer): Promise<[TestUser, TestUser, TestUser]> {
  const [alice, bob, eve] = [await server.user('alice'), await server.user('bob'), await server.user('eve')];
  const room = await makeRoom(alice, { preset: 'public_chat' });
  assert.equal((await bob.call('POST', `/join/${encodeURIComponent(room)}`, {})).status, 200);
  return [alice, bob, eve];
}

describe('presence', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let eve: TestUser;
  before(async () => {
    server = await testServer();
    [alice, bob, eve] = await people(server);
  });
  after(() => server.close());

  test('is set, read by those in the same rooms and by nobody else', async () => {
    assert.deepEqual((await alice.call('PUT', status(alice), { presence: 'online', status_msg: 'here' })).body, {});
    const { body } = await bob.call('GET', status(alice));
    assert.ok(body.last_active_ago >= 0 && body.last_active_ago < 60_000);
    assert.deepEqual(
      { ...body, last_active_ago: 0 },
      { presence: 'online', status_msg: 'here', currently_active: true, last_active_ago: 0 },
    );
    assert.equal((await eve.call('GET', status(alice))).body.errcode, 'M_FORBIDDEN');
    assert.equal((await bob.call('PUT', status(alice), { presence: 'offline' })).body.errcode, 'M_FORBIDDEN');
    assert.equal((await alice.call('PUT', status(alice), { presence: 'away' })).body.errcode, 'M_BAD_JSON');
  });

  test('comes with the syncs of those in the same rooms', async () => {
    const { next_batch } = (await bob.call('GET', '/sync?set_presence=offline')).body;
    const waiting = bob.call('GET', `/sync?since=${next_batch}&timeout=10000&set_presence=offline`);
    await alice.call('PUT', status(alice), { presence: 'busy' });
    const { body } = await waiting;
    const event = body.presence.events.find((one: { sender: string }) => one.sender === alice.userId);
    assert.equal(event.content.presence, 'busy');
    assert.equal(event.type, 'm.presence');
  });

  test('a sync makes online, unless it says otherwise', async () => {
    await eve.call('GET', '/sync?set_presence=offline');
    assert.equal((await eve.call('GET', status(eve))).body.presence, 'offline');
    await eve.call('GET', '/sync');
    await until('Eve is online', async () => (await eve.call('GET', status(eve))).body.presence === 'online');
  });

  test('sending brings back who was idle', async () => {
    await bob.call('GET', '/sync');
    await bob.call('PUT', status(bob), { presence: 'unavailable' });
    assert.equal((await alice.call('GET', status(bob))).body.presence, 'unavailable');
    await say(bob, await makeRoom(bob), 'back');
    await until('Bob is back', async () => (await alice.call('GET', status(bob))).body.presence === 'online');
  });
});

describe('presence that is switched off', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({ presence: { enabled: false } });
  });
  after(() => server.close());

  test('is taken and forgotten, and everybody is offline', async () => {
    const [alice, bob] = await people(server);
    assert.deepEqual((await alice.call('PUT', status(alice), { presence: 'online' })).body, {});
    const { body } = await bob.call('GET', '/sync');
    assert.equal(body.presence, undefined);
    assert.deepEqual((await bob.call('GET', status(alice))).body, { presence: 'offline' });
  });
});
