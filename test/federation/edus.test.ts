import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { FakeServer } from '../kit/fake-server.ts';
import { TestNetwork } from '../kit/network.ts';
import { makeRoom, type TestServer, type TestUser } from '../kit/server.ts';
import { joinFrom, receiveFrom } from './remote-member.ts';

// biome-ignore lint/suspicious/noExplicitAny: bodies of every shape
type Json = any;

describe('ephemeral messages of other servers', () => {
  const network = new TestNetwork();
  let server: TestServer;
  let alice: TestUser;
  let peer: FakeServer;
  let roomId: string;
  let remote: string;
  let since: string;
  let count = 0;
  let txn = 0;

  before(async () => {
    server = await network.homeserver('here.test');
    alice = await server.user('alice');
  });
  after(() => network.end());
  beforeEach(async () => {
    peer = network.fake(`peer${++count}.test:1`);
    peer.on('PUT', /\/v1\/send\//, () => ({ pdus: {} }));
    roomId = await makeRoom(alice, { preset: 'public_chat', room_version: '10' });
    remote = `@bob:${peer.name}`;
    await joinFrom(server, peer, roomId, remote);
    since = (await alice.call('GET', '/sync')).body.next_batch;
  });

  const send = async (eduType: string, content: Json, from = peer) => {
    const body = { origin: from.name, origin_server_ts: Date.now(), pdus: [], edus: [{ edu_type: eduType, content }] };
    const answer = await from.request(
      'here.test',
      'PUT',
      `/_matrix/federation/v1/send/t${++txn}`,
      JSON.parse(JSON.stringify(body)),
    );
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  };
  const sync = async () => {
    const { body } = await alice.call('GET', `/sync?since=${since}&timeout=300`);
    since = body.next_batch;
    return body;
  };
  const ephemeral = async (type: string): Promise<Json> => {
    const events: Json[] = (await sync()).rooms?.join?.[roomId]?.ephemeral?.events ?? [];
    return events.find((event) => event.type === type)?.content;
  };
  const query = async (): Promise<Json> =>
    (await alice.call('POST', '/keys/query', { device_keys: { [remote]: [] } })).body;
  const deviceKeys = (deviceId: string, key = 'k') => ({
    user_id: remote,
    device_id: deviceId,
    algorithms: ['m.olm.v1.curve25519-aes-sha2'],
    keys: { [`curve25519:${deviceId}`]: key },
    signatures: {},
  });

  test('typing', async () => {
    await send('m.typing', { room_id: roomId, user_id: remote, typing: true });
    assert.deepEqual(await ephemeral('m.typing'), { user_ids: [remote] });
    await send('m.typing', { room_id: roomId, user_id: remote, typing: false });
    assert.deepEqual(await ephemeral('m.typing'), { user_ids: [] });
  });

  test('nothing counts of users of other servers, of strangers, or of servers that are kept out', async () => {
    const other = network.fake(`other${count}.test:1`);
    await send('m.typing', { room_id: roomId, user_id: remote, typing: true }, other);
    await send('m.typing', { room_id: roomId, user_id: `@not-in-it:${peer.name}`, typing: true });
    await send('m.typing', { room_id: '!nowhere:here.test', user_id: remote, typing: true });
    await send('m.typing', { room_id: roomId, user_id: remote, typing: 'yes' });
    await alice.call('PUT', `/rooms/${encodeURIComponent(roomId)}/state/m.room.server_acl`, {
      allow: ['*'],
      deny: [peer.name.replace(/:.*/, '')],
    });
    await send('m.typing', { room_id: roomId, user_id: remote, typing: true });
    assert.equal(await ephemeral('m.typing'), undefined);
  });

  test('receipts', async () => {
    const eventId = await receiveFrom(server, peer, roomId, {
      type: 'm.room.message',
      sender: remote,
      content: { body: 'x' },
    });
    const receipt = { data: { ts: 5, thread_id: 'main' }, event_ids: [eventId] };
    const readers = { [remote]: receipt, [alice.userId]: receipt, [`@stranger:${peer.name}`]: receipt };
    await send('m.receipt', { [roomId]: { 'm.read': readers, 'm.read.private': readers } });
    assert.deepEqual(await ephemeral('m.receipt'), {
      [eventId]: { 'm.read': { [remote]: { ts: 5, thread_id: 'main' } } },
    });
  });

  test('presence', async () => {
    const push = {
      user_id: remote,
      presence: 'online',
      last_active_ago: 1_000,
      status_msg: 'hi',
      currently_active: true,
    };
    const stranger = { ...push, user_id: `@stranger:${peer.name}` };
    await send('m.presence', { push: [push, stranger, { ...push, user_id: alice.userId, presence: 'offline' }] });
    const events: Json[] = (await sync()).presence?.events ?? [];
    const content = events.find((event) => event.sender === remote)?.content;
    assert.deepEqual([content?.presence, content?.status_msg, content?.currently_active], ['online', 'hi', true]);
    assert.ok(!events.some((event) => event.sender === stranger.user_id));
    assert.ok(!events.some((event) => event.sender === alice.userId && event.content.presence === 'offline'));
  });

  test('messages to devices come once', async () => {
    const content = (sender: string) => ({
      sender,
      type: 'm.test',
      message_id: `m${count}`,
      messages: { [alice.userId]: { [alice.deviceId]: { n: 1 } }, '@x:elsewhere.test': { A: {} } },
    });
    await send('m.direct_to_device', content(remote));
    await send('m.direct_to_device', content(remote));
    await send('m.direct_to_device', content(`@not:other${count}.test`));
    const { to_device: toDevice } = await sync();
    assert.deepEqual(toDevice.events, [{ type: 'm.test', sender: remote, content: { n: 1 } }]);
  });

  test('a device list is fetched once, kept up by updates, and fetched anew when one is missing', async () => {
    let fetched = 0;
    let devices: Json[] = [{ device_id: 'A', keys: deviceKeys('A'), device_display_name: 'phone' }];
    let streamId = 10;
    peer.on('GET', /\/v1\/user\/devices\//, () => {
      fetched++;
      return { user_id: remote, stream_id: streamId, devices };
    });
    const known = await query();
    assert.deepEqual(Object.keys(known.device_keys[remote]), ['A']);
    assert.equal(known.device_keys[remote].A.unsigned.device_display_name, 'phone');
    network.down.add(peer.name);
    assert.deepEqual(Object.keys((await query()).device_keys[remote]), ['A']);
    network.down.delete(peer.name);
    assert.equal(fetched, 1);

    const update = (deviceId: string, id: number, previous: number[], more: Json = {}) =>
      send('m.device_list_update', {
        user_id: remote,
        device_id: deviceId,
        stream_id: id,
        prev_id: previous,
        keys: deviceKeys(deviceId, `of ${id}`),
        ...more,
      });
    await update('B', 12, [10]);
    assert.deepEqual((await sync()).device_lists.changed, [remote]);
    assert.deepEqual(Object.keys((await query()).device_keys[remote]).sort(), ['A', 'B']);
    await update('A', 13, [12], { deleted: true, keys: undefined });
    assert.deepEqual(Object.keys((await query()).device_keys[remote]), ['B']);
    // The same once more changes nothing.
    await update('B', 12, [10]);
    assert.equal(fetched, 1);

    devices = [{ device_id: 'C', keys: deviceKeys('C') }];
    streamId = 20;
    await update('C', 20, [19]);
    assert.equal(fetched, 2);
    assert.deepEqual((await sync()).device_lists.changed, [remote]);
    assert.deepEqual(Object.keys((await query()).device_keys[remote]), ['C']);
  });

  test('the first update of a user has their list fetched, and keys that name somebody else are left out', async () => {
    let fetched = 0;
    const devices = [
      { device_id: 'BARE', keys: { device_keys: {} } },
      { device_id: 'OTHER', keys: { ...deviceKeys('OTHER'), user_id: `@other:${peer.name}` } },
    ];
    peer.on('GET', /\/v1\/user\/devices\//, () => {
      fetched++;
      return { user_id: remote, stream_id: 1, devices };
    });
    await send('m.device_list_update', { user_id: remote, device_id: 'BARE', stream_id: 1, keys: {} });
    assert.equal(fetched, 1);
    assert.deepEqual(Object.keys((await query()).device_keys[remote]), ['BARE']);
    assert.equal(fetched, 1);
  });

  test('a list that was not kept up while no room was shared is fetched anew', async () => {
    let fetched = 0;
    peer.on('GET', /\/v1\/user\/devices\//, () => ({ user_id: remote, stream_id: ++fetched, devices: [] }));
    await query();
    await query();
    assert.equal(fetched, 1);
    const leave = { membership: 'leave' };
    await receiveFrom(server, peer, roomId, {
      type: 'm.room.member',
      sender: remote,
      stateKey: remote,
      content: leave,
    });
    await joinFrom(server, peer, roomId, remote);
    await query();
    assert.equal(fetched, 2);
  });

  test('keys of strangers are asked for each time, and of servers that are gone it is said', async () => {
    const stranger = `@stranger:${peer.name}`;
    peer.on('POST', /\/v1\/user\/keys\/query$/, ({ body }) => ({
      device_keys: {
        [stranger]: { X: { user_id: stranger, asked: body.device_keys[stranger] } },
        '@evil:x': { E: {} },
      },
    }));
    const asked = { device_keys: { [stranger]: ['X'], '@a:gone.test:1': [] } };
    const { body } = await alice.call('POST', '/keys/query', asked);
    assert.deepEqual(body.device_keys, { [stranger]: { X: { user_id: stranger, asked: ['X'] } } });
    assert.equal(body.failures['gone.test:1'].status, 503);
  });

  test('one-time keys are claimed from their server', async () => {
    peer.on('POST', /\/v1\/user\/keys\/claim$/, ({ body }) => {
      assert.deepEqual(body, { one_time_keys: { [remote]: { A: 'signed_curve25519' } } });
      return { one_time_keys: { [remote]: { A: { 'signed_curve25519:1': { key: 'k' } } } } };
    });
    const wanted = { one_time_keys: { [remote]: { A: 'signed_curve25519' }, '@a:gone.test:1': { B: 'x' } } };
    const { body } = await alice.call('POST', '/keys/claim', wanted);
    assert.deepEqual(body.one_time_keys, { [remote]: { A: { 'signed_curve25519:1': { key: 'k' } } } });
    assert.equal(body.failures['gone.test:1'].status, 503);
  });

  test('cross-signing keys that change', async () => {
    peer.on('GET', /\/v1\/user\/devices\//, () => ({ user_id: remote, stream_id: 1, devices: [] }));
    await query();
    const publicKey = Buffer.alloc(32, count).toString('base64').replace(/=+$/, '');
    const master = { user_id: remote, usage: ['master'], keys: { [`ed25519:${publicKey}`]: publicKey } };
    await send('m.signing_key_update', { user_id: remote, master_key: master });
    assert.deepEqual((await sync()).device_lists.changed, [remote]);
    assert.deepEqual((await query()).master_keys[remote], master);
  });
});
