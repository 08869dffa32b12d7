import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { download, looseBlobs, storedFiles, upload } from '../media/media-helpers.ts';

const v1 = '/_synapse/admin/v1';
let server: TestServer;
let admin: TestUser;
let alice: TestUser;

before(async () => {
  server = await testServer();
  admin = await server.user('admin', { admin: true });
  alice = await server.user('alice');
});
after(() => server?.close());

const idOf = (name: string) => name.slice(name.indexOf('/') + 1);

test("a user's files are listed in every order and deleted with their bytes", async () => {
  const bob = await server.user('bob');
  const small = await upload(server, bob, 'a', { type: 'text/plain', name: 'b.txt' });
  const large = await upload(server, bob, 'bbbb', { type: 'image/png', name: 'a.png' });
  const path = `${v1}/users/${bob.userId}/media`;
  const list = (await admin.call('GET', path)).body;
  assert.deepEqual([list.total, list.next_token], [2, undefined]);
  const { created_ts: created, ...file } = list.media.find((m: { media_id: string }) => m.media_id === idOf(large));
  assert.deepEqual(file, {
    last_access_ts: null,
    media_id: idOf(large),
    media_length: 4,
    media_type: 'image/png',
    quarantined_by: null,
    safe_from_quarantine: false,
    upload_name: 'a.png',
  });
  assert.ok(Math.abs(created - Date.now()) < 60_000);
  const ids = async (query: string) =>
    (await admin.call('GET', `${path}?${query}`)).body.media.map((m: { media_id: string }) => m.media_id);
  assert.deepEqual(await ids('order_by=media_length'), [idOf(small), idOf(large)]);
  assert.deepEqual(await ids('order_by=upload_name&dir=b'), [idOf(small), idOf(large)]);
  const page = (await admin.call('GET', `${path}?order_by=media_length&limit=1`)).body;
  assert.deepEqual([page.media[0].media_id, page.next_token], [idOf(small), 1]);

  const info = (await admin.call('GET', `${v1}/media/${large}`)).body.media_info;
  assert.deepEqual(
    [info.media_id, info.user_id, info.media_length, info.media_type, info.quarantined_by, info.media_origin],
    [idOf(large), bob.userId, 4, 'image/png', null, null],
  );
  assert.match(info.sha256, /^[0-9a-f]{64}$/);
  const totals = (await admin.call('GET', `${v1}/statistics/users/media?search_term=bob`)).body;
  assert.deepEqual(totals, {
    users: [{ user_id: bob.userId, displayname: 'bob', media_count: 2, media_length: 5 }],
    total: 1,
  });

  const files = (await storedFiles(server)).length;
  const deleted = await admin.call('DELETE', `${v1}/media/${small}`, {});
  assert.deepEqual(deleted.body, { deleted_media: [idOf(small)], total: 1 });
  assert.equal((await download(server, bob, small)).status, 404);
  assert.ok((await storedFiles(server)).length < files);
  const rest = await admin.call('DELETE', path, {});
  assert.deepEqual(rest.body, { deleted_media: [idOf(large)], total: 1 });
  assert.equal(await looseBlobs(server), 0);
  assert.equal((await admin.call('GET', `${v1}/media/${large}`)).body.errcode, 'M_NOT_FOUND');
  assert.equal((await admin.call('DELETE', `${v1}/media/example.org/abc`, {})).status, 400);
});

test('quarantined files are given to nobody, nor others with the same bytes', async () => {
  const bad = await upload(server, alice, 'bad bytes', { type: 'text/plain' });
  const same = await upload(server, alice, 'bad bytes', { type: 'text/plain' });
  const other = await upload(server, alice, 'good bytes', { type: 'text/plain' });
  const status = async (id: string) => (await download(server, alice, id)).status;
  assert.deepEqual((await admin.call('POST', `${v1}/media/quarantine/${bad}`, {})).body, {});
  const later = await upload(server, alice, 'bad bytes', { type: 'text/plain' });
  assert.deepEqual(
    [await status(bad), await status(same), await status(later), await status(other)],
    [404, 404, 404, 200],
  );
  assert.equal((await admin.call('GET', `${v1}/media/${same}`)).body.media_info.quarantined_by, admin.userId);
  const bypass = '?admin_unsafely_bypass_quarantine=true';
  assert.equal((await download(server, admin, bad + bypass)).status, 200);
  assert.equal((await download(server, alice, bad + bypass)).status, 404);
  assert.deepEqual((await admin.call('POST', `${v1}/media/unquarantine/${bad}`, {})).body, {});
  assert.deepEqual([await status(bad), await status(same), await status(later)], [200, 200, 200]);
  const { changes, next_batch: next } = (await admin.call('GET', `${v1}/media/quarantine_changes`)).body;
  assert.deepEqual(
    changes.filter((c: { media_id: string }) => c.media_id === idOf(bad)),
    [
      { origin: 'localhost', media_id: idOf(bad), quarantined: true },
      { origin: 'localhost', media_id: idOf(bad), quarantined: false },
    ],
  );
  const after = (await admin.call('GET', `${v1}/media/quarantine_changes?from=${next}`)).body;
  assert.deepEqual(after, { next_batch: next, changes: [] });
});

test('all files of a room or of a user are quarantined, but for protected ones', async () => {
  const carol = await server.user('carol');
  const roomId = await makeRoom(carol, { preset: 'public_chat' });
  const named = await upload(server, carol, 'one', { type: 'image/png' });
  const thumbnail = await upload(server, carol, 'two', { type: 'image/png' });
  const kept = await upload(server, carol, 'three', { type: 'image/png' });
  const alone = await upload(server, carol, 'four', { type: 'image/png' });
  const post = (content: object) => carol.call('PUT', `/rooms/${roomId}/send/m.room.message/${Math.random()}`, content);
  await post({ msgtype: 'm.image', body: 'x', url: `mxc://${named}`, info: { thumbnail_url: `mxc://${thumbnail}` } });
  await post({ msgtype: 'm.image', body: 'x', url: `mxc://${kept}` });
  await post({ msgtype: 'm.image', body: 'x', url: 'mxc://example.org/abc' });
  const list = (await admin.call('GET', `${v1}/room/${roomId}/media`)).body;
  assert.deepEqual(list.local.sort(), [named, thumbnail, kept].map((id) => `mxc://${id}`).sort());
  assert.deepEqual(list.remote, ['mxc://example.org/abc']);
  assert.deepEqual((await admin.call('POST', `${v1}/media/protect/${idOf(kept)}`, {})).body, {});
  assert.deepEqual((await admin.call('POST', `${v1}/room/${roomId}/media/quarantine`, {})).body, {
    num_quarantined: 2,
  });
  assert.deepEqual((await admin.call('POST', `${v1}/quarantine_media/${roomId}`, {})).body, { num_quarantined: 0 });
  assert.equal((await download(server, carol, thumbnail)).status, 404);
  assert.equal((await download(server, carol, kept)).status, 200);
  assert.deepEqual((await admin.call('POST', `${v1}/media/unprotect/${idOf(kept)}`, {})).body, {});
  const user = await admin.call('POST', `${v1}/user/${carol.userId}/media/quarantine`, {});
  assert.deepEqual(user.body, { num_quarantined: 2 });
  assert.equal((await download(server, carol, alone)).status, 404);
  assert.equal((await admin.call('POST', `${v1}/media/protect/nothing`, {})).body.errcode, 'M_NOT_FOUND');
});

test('old and large files are deleted, avatars only on demand, and copies of other servers', async () => {
  const dora = await server.user('dora');
  const avatar = await upload(server, dora, 'avatar of dora', { type: 'image/png' });
  const large = await upload(server, dora, 'x'.repeat(5_000), { type: 'image/png' });
  await dora.call('PUT', `/profile/${dora.userId}/avatar_url`, { avatar_url: `mxc://${avatar}` });
  const past = await admin.call('POST', `${v1}/media/delete?before_ts=1`, {});
  assert.deepEqual(past.body, { deleted_media: [], total: 0 });
  const before = Date.now() + 60_000;
  const bySize = await admin.call('POST', `${v1}/media/delete?before_ts=${before}&size_gt=4000`, {});
  assert.deepEqual(bySize.body, { deleted_media: [idOf(large)], total: 1 });
  await admin.call('POST', `${v1}/media/delete?before_ts=${before}`, {});
  assert.equal((await download(server, dora, avatar)).status, 200);
  const all = await admin.call('POST', `${v1}/media/localhost/delete?before_ts=${before}&keep_profiles=false`, {});
  assert.ok(all.body.deleted_media.includes(idOf(avatar)));
  assert.equal((await download(server, dora, avatar)).status, 404);
  assert.equal((await admin.call('POST', `${v1}/media/delete`, {})).body.errcode, 'M_MISSING_PARAM');
  await server.ctx.db.query(
    `INSERT INTO media (server_name, media_id, created_ts, blob_key, size, sha256, content_type)
     VALUES ('example.org', 'copy', 5, 'remote/copy.1', 3, '\\x00', 'text/plain')`,
  );
  assert.deepEqual((await admin.call('POST', `${v1}/purge_media_cache?before_ts=4`, {})).body, { deleted: 0 });
  assert.deepEqual((await admin.call('POST', `${v1}/purge_media_cache?before_ts=6`, {})).body, { deleted: 1 });
});
