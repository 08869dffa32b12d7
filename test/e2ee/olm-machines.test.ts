import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type TestServer, testServer } from '../kit/server.ts';
import { login, ok, sharedRoom } from './kit.ts';
import { crypto, Machine } from './olm-machine.ts';

describe('clients with the Rust crypto', () => {
  let server: TestServer;
  const machines: Machine[] = [];
  before(async () => {
    server = await testServer();
  });
  after(async () => {
    for (const machine of machines) machine.close();
    await server.close();
  });

  const open = async (user: Parameters<typeof Machine.open>[0]) => {
    const machine = await Machine.open(user);
    machines.push(machine);
    await machine.sync();
    return machine;
  };
  const sendEncrypted = async (from: Machine, roomId: string, users: string[], body: string) => {
    const content = await from.encrypt(roomId, users, { msgtype: 'm.text', body });
    const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.encrypted/t${Math.random()}`;
    const { event_id } = await ok(from.user, 'PUT', path, content);
    return event_id as string;
  };
  const read = async (machine: Machine, roomId: string, eventId: string) => {
    const path = `/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(eventId)}`;
    return machine.decrypt(roomId, await ok(machine.user, 'GET', path));
  };

  test('exchange room keys over Olm and read each other, on all devices', async () => {
    const alice = await open(await server.user('alice'));
    const bob = await open(await server.user('bob'));
    assert.deepEqual(alice.sent, ['/keys/upload', '/keys/query']);
    const phone = await open(await login(server, bob.user));
    const roomId = await sharedRoom(alice.user, bob.user);
    const users = [alice.user.userId, bob.user.userId];
    await alice.sync();

    const first = await sendEncrypted(alice, roomId, users, 'first');
    const counts = new Map<Machine, number>();
    for (const machine of [bob, phone]) {
      const body = await machine.sync();
      assert.equal(body.to_device.events.length, 1);
      assert.equal(body.to_device.events[0].type, 'm.room.encrypted');
      counts.set(machine, body.device_one_time_keys_count.signed_curve25519);
      assert.deepEqual(await read(machine, roomId, first), { msgtype: 'm.text', body: 'first' });
    }
    assert.deepEqual([...counts.values()], [49, 49], 'one key of each device is gone');
    assert.equal((await bob.sync()).device_one_time_keys_count.signed_curve25519, 50, 'and replaced');

    // The answer needs no key any more: there are sessions.
    const claims = bob.sent.filter((path) => path === '/keys/claim').length;
    const second = await sendEncrypted(bob, roomId, users, 'second');
    assert.equal(bob.sent.filter((path) => path === '/keys/claim').length, claims + 1, 'for the phone alone');
    for (const machine of [alice, phone]) {
      await machine.sync();
      assert.deepEqual(await read(machine, roomId, second), { msgtype: 'm.text', body: 'second' });
    }

    // A device that comes later is found by the sync, and gets the key of what comes after it.
    const tablet = await open(await login(server, bob.user));
    await alice.sync();
    const third = await sendEncrypted(alice, roomId, users, 'third');
    await tablet.sync();
    await assert.rejects(read(tablet, roomId, first));
    assert.deepEqual(await read(tablet, roomId, third), { msgtype: 'm.text', body: 'third' });
  });

  test('sign each other with cross-signing keys', async () => {
    const carol = await open(await server.user('carol'));
    const dave = await open(await server.user('dave'));
    await sharedRoom(carol.user, dave.user);
    for (const machine of [carol, dave]) await machine.sync();
    await carol.bootstrap();
    await dave.bootstrap();
    for (const machine of [carol, dave]) {
      await machine.olm.updateTrackedUsers([new crypto.UserId(carol.user.userId), new crypto.UserId(dave.user.userId)]);
      await machine.sync();
    }
    const device = await carol.device(dave.user);
    assert.ok(device.isCrossSignedByOwner(), 'the device is signed by its user');
    assert.ok(!device.isCrossSigningTrusted());

    await carol.send(await (await carol.identity(dave.user.userId)).verify());
    const { device_lists } = await carol.sync();
    assert.deepEqual(device_lists.changed, [dave.user.userId]);
    assert.ok((await carol.identity(dave.user.userId)).isVerified());
    assert.ok((await carol.device(dave.user)).isCrossSigningTrusted());
    // The other side knows nothing of it.
    await dave.sync();
    assert.ok(!(await dave.identity(carol.user.userId)).isVerified());

    // A second device of the signer sees the signature once it has the keys.
    const phone = await open(await login(server, carol.user));
    const { masterKey, self_signing_key, userSigningKey } = await carol.olm.exportCrossSigningKeys();
    await phone.olm.updateTrackedUsers([new crypto.UserId(carol.user.userId), new crypto.UserId(dave.user.userId)]);
    await phone.sync();
    await phone.olm.importCrossSigningKeys(masterKey, self_signing_key, userSigningKey);
    await phone.send(await (await phone.identity(carol.user.userId)).verify());
    await phone.send(await (await phone.device(phone.user)).verify());
    await phone.sync();
    assert.ok((await phone.identity(dave.user.userId)).isVerified());
    await carol.sync();
    assert.ok((await carol.device(phone.user)).isCrossSigningTrusted(), 'signed by the self-signing key');

    // New keys want the password, and the signatures on the old ones are gone.
    await assert.rejects(dave.bootstrap(), /401/);
    const identifier = { type: 'm.id.user', user: dave.user.userId };
    await dave.bootstrap({ type: 'm.login.password', identifier, password: 'secret-of-dave' });
    await carol.sync();
    assert.ok(!(await carol.identity(dave.user.userId)).isVerified());
  });

  test('back room keys up and get them back on another device', async () => {
    const erin = await open(await server.user('erin'));
    await erin.bootstrap();
    const roomId = await sharedRoom(erin.user);
    const event = await sendEncrypted(erin, roomId, [erin.user.userId], 'for later');

    const secret = crypto.BackupDecryptionKey.createRandomKey();
    const { megolmV1PublicKey } = secret;
    const auth_data = { public_key: megolmV1PublicKey.publicKeyBase64 };
    const { algorithm } = megolmV1PublicKey;
    const { version } = await ok(erin.user, 'POST', '/room_keys/version', { algorithm, auth_data });
    await erin.olm.enableBackupV1(megolmV1PublicKey.publicKeyBase64, version);
    for (let request = await erin.olm.backupRoomKeys(); request; request = await erin.olm.backupRoomKeys()) {
      await erin.send(request);
    }
    const { total, backedUp } = await erin.olm.roomKeyCounts();
    assert.deepEqual([total, backedUp], [1, 1]);
    const info = await ok(erin.user, 'GET', '/room_keys/version');
    assert.deepEqual(info, { algorithm, auth_data, version, count: 1, etag: '1' });

    const phone = await open(await login(server, erin.user));
    await assert.rejects(read(phone, roomId, event));
    const { rooms } = await ok(phone.user, 'GET', `/room_keys/keys?version=${version}`);
    const keys = new Map();
    for (const [id, { sessions }] of Object.entries<{
      sessions: Record<string, { session_data: Record<string, string> }>;
    }>(rooms)) {
      const decrypted = new Map();
      for (const [sessionId, { session_data }] of Object.entries(sessions)) {
        const { ephemeral, mac, ciphertext } = session_data;
        decrypted.set(sessionId, JSON.parse(secret.decryptV1(ephemeral, mac, ciphertext)));
      }
      keys.set(new crypto.RoomId(id), decrypted);
    }
    await phone.olm.importBackedUpRoomKeys(keys, undefined, version);
    assert.deepEqual(await read(phone, roomId, event), { msgtype: 'm.text', body: 'for later' });
  });
});
