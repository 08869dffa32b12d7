import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { deviceKeys, fails, login, ok, sharedRoom, sync } from './kit.ts';
import { crypto, Machine } from './olm-machine.ts';

const path = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device';

describe('dehydrated devices', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  const body = (user: TestUser, deviceId: string, more: object = {}) => ({
    device_id: deviceId,
    device_data: { algorithm: 'x', data: deviceId },
    initial_device_display_name: 'Dehydrated',
    device_keys: deviceKeys({ ...user, deviceId }, { dehydrated: true }),
    one_time_keys: { 'signed_curve25519:A': { key: deviceId } },
    fallback_keys: { 'signed_curve25519:F': { key: deviceId } },
    ...more,
  });

  test('are stored with their keys, one a user', async () => {
    const alice = await server.user('alice');
    const bob = await server.user('bob');
    await sharedRoom(alice, bob);
    const { next_batch } = await sync(bob);
    await fails(alice, 'GET', path, undefined, 404, 'M_NOT_FOUND');
    await fails(alice, 'DELETE', path, undefined, 404, 'M_NOT_FOUND');
    assert.deepEqual(await ok(alice, 'PUT', path, body(alice, 'one')), { device_id: 'one' });
    assert.deepEqual(await ok(alice, 'GET', path), { device_id: 'one', device_data: { algorithm: 'x', data: 'one' } });
    assert.deepEqual((await sync(bob, next_batch)).device_lists.changed, [alice.userId]);
    const devices = async () =>
      Object.keys(
        (await ok(bob, 'POST', '/keys/query', { device_keys: { [alice.userId]: [] } })).device_keys[alice.userId],
      );
    assert.deepEqual(await devices(), ['one']);
    await ok(alice, 'PUT', path, body(alice, 'one', { device_data: { changed: true }, one_time_keys: null }));
    assert.deepEqual((await ok(alice, 'GET', path)).device_data, { changed: true });
    // Another takes its place.
    await ok(alice, 'PUT', path, body(alice, 'two'));
    assert.deepEqual(await devices(), ['two']);
    const { devices: listed } = await ok(alice, 'GET', '/devices');
    assert.deepEqual(
      listed.map((device: { device_id: string }) => device.device_id).sort(),
      [alice.deviceId, 'two'].sort(),
    );
    const claim = { [alice.userId]: { two: 'signed_curve25519', one: 'signed_curve25519' } };
    const { one_time_keys } = await ok(bob, 'POST', '/keys/claim', { one_time_keys: claim });
    assert.deepEqual(one_time_keys, { [alice.userId]: { two: { 'signed_curve25519:A': { key: 'two' } } } });
    assert.deepEqual(await ok(alice, 'DELETE', path), { device_id: 'two' });
    assert.deepEqual(await devices(), []);
    await fails(alice, 'GET', path, undefined, 404, 'M_NOT_FOUND');
    // Deleted as any device is, it is gone too.
    await ok(alice, 'PUT', path, body(alice, 'three'));
    await ok(alice, 'POST', '/logout/all', {});
    const again = await login(server, alice);
    await fails(again, 'GET', path, undefined, 404, 'M_NOT_FOUND');
  });

  test('keep their messages', async () => {
    const carol = await server.user('carol');
    await ok(carol, 'PUT', path, body(carol, 'asleep'));
    for (let n = 0; n < 150; n++) {
      await ok(carol, 'PUT', `/sendToDevice/my.type/${n}`, { messages: { [carol.userId]: { asleep: { n } } } });
    }
    const events = `${path}/asleep/events`;
    for (let round = 0; round < 2; round++) {
      const first = await ok(carol, 'POST', events, round === 0 ? {} : undefined);
      const second = await ok(carol, 'POST', events, { next_batch: first.next_batch });
      const third = await ok(carol, 'GET', `${events}?next_batch=${second.next_batch}`);
      assert.deepEqual(
        [first, second, third].map((page) => page.events.length),
        [100, 50, 0],
      );
      assert.deepEqual(second.events[49], { type: 'my.type', sender: carol.userId, content: { n: 149 } });
    }
    await fails(carol, 'POST', `${path}/${carol.deviceId}/events`, {}, 403, 'M_FORBIDDEN');
    await fails(carol, 'POST', events, { next_batch: 's1' }, 400, 'M_INVALID_PARAM');
    const dave = await server.user('dave');
    await fails(dave, 'POST', events, {}, 403, 'M_FORBIDDEN');
  });

  test('refuse what is malformed, and leave ordinary devices alone', async () => {
    const erin = await server.user('erin');
    await fails(erin, 'PUT', path, body(erin, erin.deviceId), 400, 'M_INVALID_PARAM');
    await fails(erin, 'PUT', path, body(erin, ''), 400, 'M_INVALID_PARAM');
    await fails(erin, 'PUT', path, body(erin, 'x', { device_keys: deviceKeys(erin) }), 400, 'M_BAD_JSON');
    await fails(erin, 'PUT', path, body(erin, 'x', { one_time_keys: { x: 1 } }), 400, 'M_BAD_JSON');
    await fails(erin, 'PUT', path, { device_id: 'x' }, 400, 'M_BAD_JSON');
    await fails(erin, 'GET', path, undefined, 404, 'M_NOT_FOUND');
    assert.equal((await ok(erin, 'GET', '/devices')).devices.length, 1);
  });

  test('give room keys to a device that comes later', async () => {
    const frank = await Machine.open(await server.user('frank'));
    const grace = await Machine.open(await server.user('grace'));
    const machines = [frank, grace];
    try {
      for (const machine of machines) await machine.sync();
      await frank.bootstrap();
      const roomId = await sharedRoom(frank.user, grace.user);
      const key = crypto.DehydratedDeviceKey.createRandomKey();
      const dehydrated = await frank.olm.dehydratedDevices().create();
      await ok(frank.user, 'PUT', path, (await dehydrated.keysForUpload('Dehydrated', key)).body);
      await ok(frank.user, 'POST', '/logout', {});

      await grace.sync();
      const content = await grace.encrypt(roomId, [frank.user.userId, grace.user.userId], { body: 'while you slept' });
      const event = await ok(
        grace.user,
        'PUT',
        `/rooms/${encodeURIComponent(roomId)}/send/m.room.encrypted/1`,
        content,
      );

      const phone = await Machine.open(await login(server, frank.user));
      machines.push(phone);
      await phone.sync();
      const { device_id, device_data } = await ok(phone.user, 'GET', path);
      const id = new crypto.DeviceId(device_id);
      const rehydrated = await phone.olm.dehydratedDevices().rehydrate(key, id, JSON.stringify(device_data));
      const { events } = await ok(phone.user, 'POST', `${path}/${encodeURIComponent(device_id)}/events`, {});
      const keys = await rehydrated.receiveEvents(JSON.stringify(events));
      assert.equal(keys.length, 1);
      const stored = await ok(phone.user, 'GET', `/rooms/${encodeURIComponent(roomId)}/event/${event.event_id}`);
      assert.deepEqual(await phone.decrypt(roomId, stored), { body: 'while you slept' });
    } finally {
      for (const machine of machines) machine.close();
    }
  });
});
