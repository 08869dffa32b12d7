import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { ok, otherDevice, reader } from '../sync/reader.ts';

describe('account data and tags', () => {
  let server: TestServer;
  let n = 0;
  const newUser = (): Promise<TestUser> => server.user(`user${++n}`);
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  const globalPath = (user: TestUser, type: string) => `/user/${user.userId}/account_data/${type}`;
  const roomPathOf = (user: TestUser, room: string, rest: string) =>
    `/user/${user.userId}/rooms/${encodeURIComponent(room)}/${rest}`;

  test('is stored as it is given, global and by room', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const inRoom = roomPathOf(alice, room, 'account_data/x.type');
    assert.deepEqual(await ok(alice, 'PUT', globalPath(alice, 'x.type'), { a: { b: [1, null, 'ü'] } }), {});
    assert.deepEqual(await ok(alice, 'PUT', inRoom, { of: 'room' }), {});
    assert.deepEqual(await ok(alice, 'GET', globalPath(alice, 'x.type')), { a: { b: [1, null, 'ü'] } });
    assert.deepEqual(await ok(alice, 'GET', inRoom), { of: 'room' });
    assert.equal((await alice.call('GET', globalPath(alice, 'x.other'))).body.errcode, 'M_NOT_FOUND');
  });

  test('is nobody else’s business, and not for what the server keeps', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    for (const method of ['GET', 'PUT']) {
      const answer = await bob.call(method, globalPath(alice, 'x.type'), method === 'PUT' ? {} : undefined);
      assert.deepEqual([answer.status, answer.body.errcode], [403, 'M_FORBIDDEN']);
    }
    for (const type of ['m.push_rules', 'm.fully_read']) {
      const answer = await alice.call('PUT', globalPath(alice, type), {});
      assert.deepEqual([answer.status, answer.body.errcode], [405, 'M_BAD_JSON'], type);
    }
    assert.equal((await alice.call('PUT', globalPath(alice, 'x'), '[]')).body.errcode, 'M_BAD_JSON');
  });

  test('can be deleted, and devices hear of it', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const unstable = (path: string) => `/_matrix/client/unstable/org.matrix.msc3391${path}`;
    const inRoom = roomPathOf(alice, room, 'account_data/x.type');
    await ok(alice, 'PUT', globalPath(alice, 'x.type'), { a: 1 });
    await ok(alice, 'PUT', inRoom, { a: 1 });
    const it = await reader(alice);
    assert.deepEqual(await ok(alice, 'DELETE', unstable(globalPath(alice, 'x.type'))), {});
    assert.deepEqual(await ok(alice, 'DELETE', unstable(inRoom)), {});
    assert.equal((await alice.call('GET', globalPath(alice, 'x.type'))).status, 404);
    assert.equal((await alice.call('GET', inRoom)).status, 404);
    const news = await it.sync();
    assert.deepEqual(news.account_data.events, [{ type: 'x.type', content: {} }]);
    assert.deepEqual(news.rooms.join[room].account_data.events, [{ type: 'x.type', content: {} }]);
    assert.equal((await (await reader(alice)).sync()).account_data, undefined);
    const fresh = await alice.call('GET', '/sync?set_presence=offline');
    const types = fresh.body.account_data.events.map((event: { type: string }) => event.type);
    assert.equal(types.includes('x.type'), false, 'a new device hears nothing of it');
    assert.equal((await alice.call('DELETE', unstable(globalPath(alice, 'm.push_rules')))).status, 405);
    const bob = await newUser();
    assert.equal((await bob.call('DELETE', unstable(globalPath(alice, 'x.type')))).status, 403);
  });

  test('tags', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const tags = roomPathOf(alice, room, 'tags');
    assert.deepEqual(await ok(alice, 'GET', tags), { tags: {} });
    assert.deepEqual(await ok(alice, 'PUT', `${tags}/m.favourite`, { order: 0.25 }), {});
    await ok(alice, 'PUT', `${tags}/u.work`, {});
    assert.deepEqual(await ok(alice, 'GET', tags), { tags: { 'm.favourite': { order: 0.25 }, 'u.work': {} } });
    assert.deepEqual(await ok(alice, 'DELETE', `${tags}/u.work`), {});
    assert.deepEqual(await ok(alice, 'GET', tags), { tags: { 'm.favourite': { order: 0.25 } } });
  });

  test('settings of a device’s local notifications go with the device', async () => {
    const alice = await newUser();
    const type = `org.matrix.msc3890.local_notification_settings.${alice.deviceId}`;
    await ok(alice, 'PUT', globalPath(alice, type), { is_silenced: true });
    const other = await otherDevice(server, alice);
    assert.deepEqual(await ok(other, 'GET', globalPath(alice, type)), { is_silenced: true });
    await ok(alice, 'POST', '/logout', {});
    assert.equal((await other.call('GET', globalPath(alice, type))).status, 404);
  });
});
