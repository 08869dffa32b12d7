import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { fails, ok } from './kit.ts';

const algorithm = 'm.megolm_backup.v1.curve25519-aes-sha2';
const auth_data = { public_key: 'abc', signatures: { '@a:b': { 'ed25519:D': 'x' } } };
const version = '/room_keys/version';

interface Key {
  first_message_index: number;
  forwarded_count: number;
  is_verified: boolean;
  session_data: unknown;
}

function key(first = 0, forwarded = 0, verified = false, data: unknown = { ciphertext: 'x' }): Key {
  return { first_message_index: first, forwarded_count: forwarded, is_verified: verified, session_data: data };
}

describe('key backups', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  const create = async (user: TestUser): Promise<string> =>
    (await ok(user, 'POST', version, { algorithm, auth_data })).version;
  const keysPath = (backup: string, room?: string, session?: string) =>
    `/room_keys/keys${[room, session].map((part) => (part === undefined ? '' : `/${encodeURIComponent(part)}`)).join('')}?version=${backup}`;

  test('have versions, of which the newest is current', async () => {
    const alice = await server.user('alice');
    await fails(alice, 'GET', version, undefined, 404, 'M_NOT_FOUND');
    const first = await create(alice);
    const info = { algorithm, auth_data, count: 0, etag: '0' };
    assert.deepEqual(await ok(alice, 'GET', version), { ...info, version: first });
    const second = await create(alice);
    assert.notEqual(second, first);
    assert.deepEqual(await ok(alice, 'GET', version), { ...info, version: second });
    assert.deepEqual(await ok(alice, 'GET', `${version}/${first}`), { ...info, version: first });
    for (const none of ['99', 'x', '0', '1e1', '9'.repeat(30)]) {
      await fails(alice, 'GET', `${version}/${none}`, undefined, 404, 'M_NOT_FOUND');
      await fails(alice, 'DELETE', `${version}/${none}`, undefined, 404, 'M_NOT_FOUND');
      await fails(alice, 'PUT', `${version}/${none}`, { algorithm, auth_data }, 404, 'M_NOT_FOUND');
      await fails(alice, 'GET', keysPath(none), undefined, 404, 'M_NOT_FOUND');
      await fails(alice, 'PUT', keysPath(none), { rooms: {} }, 404, 'M_NOT_FOUND');
      await fails(alice, 'DELETE', keysPath(none), undefined, 404, 'M_NOT_FOUND');
    }
    // Deleting the current one makes the one before current; deleting twice is no error; a version never comes back.
    await ok(alice, 'DELETE', `${version}/${second}`);
    await ok(alice, 'DELETE', `${version}/${second}`);
    await fails(alice, 'GET', `${version}/${second}`, undefined, 404, 'M_NOT_FOUND');
    assert.equal((await ok(alice, 'GET', version)).version, first);
    const third = await create(alice);
    assert.ok(![first, second].includes(third));
    // Backups are each user's own.
    const other = await server.user('other');
    await fails(other, 'GET', `${version}/${first}`, undefined, 404, 'M_NOT_FOUND');
    const made = await Promise.all(Array.from({ length: 11 }, () => create(other)));
    assert.equal(new Set(made).size, 11);
  });

  test('let auth_data change and nothing else', async () => {
    const bob = await server.user('bob');
    const backup = await create(bob);
    const path = `${version}/${backup}`;
    assert.deepEqual(await ok(bob, 'PUT', path, { algorithm, auth_data: 'text', version: backup }), {});
    assert.equal((await ok(bob, 'GET', path)).auth_data, 'text');
    await ok(bob, 'PUT', path, { algorithm, auth_data });
    assert.deepEqual((await ok(bob, 'GET', path)).auth_data, auth_data);
    await fails(bob, 'PUT', path, { algorithm: 'other', auth_data: {} }, 400, 'M_INVALID_PARAM');
    await fails(bob, 'PUT', path, { algorithm, auth_data: {}, version: '99' }, 400, 'M_INVALID_PARAM');
    await fails(bob, 'PUT', path, { algorithm }, 400, 'M_BAD_JSON');
    await fails(bob, 'POST', version, { auth_data }, 400, 'M_MISSING_PARAM');
    await fails(bob, 'POST', version, { algorithm, auth_data: 1 }, 400, 'M_BAD_JSON');
    assert.deepEqual((await ok(bob, 'GET', path)).auth_data, auth_data);
  });

  test('keep keys by room and session, in all three ways of asking', async () => {
    const carol = await server.user('carol');
    const v = await create(carol);
    assert.deepEqual(await ok(carol, 'GET', keysPath(v)), { rooms: {} });
    assert.deepEqual(await ok(carol, 'GET', keysPath(v, '!none')), { sessions: {} });
    await fails(carol, 'GET', keysPath(v, '!none', 'none'), undefined, 404, 'M_NOT_FOUND');

    const odd = '!slash/and"quote:localhost';
    assert.deepEqual(await ok(carol, 'PUT', keysPath(v, '!one:localhost', 'a+/='), key(3)), { count: 1, etag: '1' });
    const many = { sessions: { b: key(1), c: key(2, 1, true, 'text') } };
    assert.deepEqual(await ok(carol, 'PUT', keysPath(v, '!one:localhost'), many), { count: 3, etag: '2' });
    const rooms = { [odd]: { sessions: { d: key(4) } }, '!one:localhost': { sessions: { b: key(1) } } };
    assert.deepEqual(await ok(carol, 'PUT', keysPath(v), { rooms }), { count: 4, etag: '3' });
    // The same again changes nothing, and clients see that by the etag.
    assert.deepEqual(await ok(carol, 'PUT', keysPath(v), { rooms }), { count: 4, etag: '3' });
    assert.deepEqual(await ok(carol, 'PUT', keysPath(v), { rooms: {} }), { count: 4, etag: '3' });

    const one = { sessions: { 'a+/=': key(3), ...many.sessions } };
    assert.deepEqual(await ok(carol, 'GET', keysPath(v)), { rooms: { '!one:localhost': one, [odd]: rooms[odd] } });
    assert.deepEqual(await ok(carol, 'GET', keysPath(v, '!one:localhost')), one);
    assert.deepEqual(await ok(carol, 'GET', keysPath(v, odd, 'd')), key(4));
    assert.deepEqual(await ok(carol, 'GET', keysPath(v, '!one:localhost', 'a+/=')), key(3));
    assert.equal((await ok(carol, 'GET', version)).count, 4);

    assert.deepEqual(await ok(carol, 'DELETE', keysPath(v, odd, 'd')), { count: 3, etag: '4' });
    assert.deepEqual(await ok(carol, 'DELETE', keysPath(v, odd, 'd')), { count: 3, etag: '4' });
    await ok(carol, 'PUT', keysPath(v, odd, 'e'), key());
    assert.deepEqual(await ok(carol, 'DELETE', keysPath(v, '!one:localhost')), { count: 1, etag: '6' });
    assert.deepEqual(await ok(carol, 'GET', keysPath(v)), { rooms: { [odd]: { sessions: { e: key() } } } });
    assert.deepEqual(await ok(carol, 'DELETE', keysPath(v)), { count: 0, etag: '7' });
    assert.deepEqual(await ok(carol, 'GET', keysPath(v)), { rooms: {} });
  });

  test('take keys into the current version alone', async () => {
    const dave = await server.user('dave');
    await fails(dave, 'PUT', keysPath('1'), { rooms: {} }, 404, 'M_NOT_FOUND');
    const first = await create(dave);
    await ok(dave, 'PUT', keysPath(first, '!a', 'a'), key());
    const second = await create(dave);
    for (const [path, body] of [
      [keysPath(first), { rooms: {} }],
      [keysPath(first, '!a'), { sessions: {} }],
      [keysPath(first, '!a', 'b'), key()],
    ] as const) {
      const error = await fails(dave, 'PUT', path, body, 403, 'M_WRONG_ROOM_KEYS_VERSION');
      assert.equal(error.current_version, second);
    }
    // Others can still be read and emptied.
    assert.deepEqual(await ok(dave, 'GET', keysPath(first, '!a', 'a')), key());
    assert.deepEqual(await ok(dave, 'DELETE', keysPath(first)), { count: 0, etag: '2' });
    await ok(dave, 'PUT', keysPath(second, '!a', 'a'), key());
    await ok(dave, 'DELETE', `${version}/${second}`);
    await fails(dave, 'PUT', keysPath(second, '!a', 'a'), key(), 404, 'M_NOT_FOUND');
    const third = await create(dave);
    assert.deepEqual(await ok(dave, 'GET', keysPath(third)), { rooms: {} });
    assert.equal(
      (
        await server.ctx.db.query(
          'SELECT 1 FROM backed_up_keys k JOIN key_backups b USING (backup_nid) WHERE b.user_id = $1',
          [dave.userId],
        )
      ).length,
      0,
    );
  });

  test('refuse what is malformed', async () => {
    const erin = await server.user('erin');
    const v = await create(erin);
    const { session_data: _data, ...noData } = key();
    await fails(erin, 'PUT', keysPath(v, '!a', 'a'), noData, 400, 'M_BAD_JSON');
    for (const wrong of [
      { first_message_index: -1 },
      { forwarded_count: 1.5 },
      { is_verified: 1 },
      { session_data: 1 },
    ]) {
      await fails(erin, 'PUT', keysPath(v, '!a', 'a'), { ...key(), ...wrong }, 400, 'M_BAD_JSON');
    }
    await fails(erin, 'PUT', keysPath(v, '!a'), {}, 400, 'M_MISSING_PARAM');
    await fails(erin, 'PUT', keysPath(v), { rooms: { '!a': {} } }, 400, 'M_MISSING_PARAM');
    await fails(erin, 'PUT', keysPath(v), { rooms: { '!a': { sessions: [] } } }, 400, 'M_BAD_JSON');
    await fails(erin, 'PUT', keysPath(v, '!a', 'x'.repeat(256)), key(), 400, 'M_INVALID_PARAM');
    await fails(erin, 'PUT', keysPath(v), { rooms: { 'a\0': { sessions: { b: key() } } } }, 400, 'M_INVALID_PARAM');
    await fails(erin, 'GET', '/room_keys/keys', undefined, 400, 'M_MISSING_PARAM');
    await fails(erin, 'PUT', '/room_keys/keys', { rooms: {} }, 400, 'M_MISSING_PARAM');
    assert.deepEqual(await ok(erin, 'GET', version), { algorithm, auth_data, count: 0, etag: '0', version: v });
  });

  test('keep the better of two keys, whatever order they come in', async () => {
    const frank = await server.user('frank');
    const v = await create(frank);
    const arbitrary = fc.record({ verified: fc.boolean(), first: fc.nat(3), forwarded: fc.nat(3) });
    let session = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary, { minLength: 1, maxLength: 6 }), async (keys) => {
        const id = String(session++);
        let best: Key | undefined;
        for (const [i, { verified, first, forwarded }] of keys.entries()) {
          const next = key(first, forwarded, verified, { nth: i });
          await ok(frank, 'PUT', keysPath(v, '!room', id), next);
          if (best === undefined) best = next;
          else if (best.is_verified !== next.is_verified) best = best.is_verified ? best : next;
          else if (best.first_message_index !== next.first_message_index) {
            best = best.first_message_index < next.first_message_index ? best : next;
          } else if (next.forwarded_count < best.forwarded_count) best = next;
        }
        assert.deepEqual(await ok(frank, 'GET', keysPath(v, '!room', id)), best);
      }),
      { numRuns: 40 },
    );
  });

  test('count right when several clients write and delete at once', async () => {
    const grace = await server.user('grace');
    const v = await create(grace);
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        i % 8 === 7
          ? ok(grace, 'DELETE', keysPath(v, '!b'))
          : ok(grace, 'PUT', keysPath(v), {
              rooms: { '!a': { sessions: { [i % 10]: key(i), x: key(100 - i) } }, '!b': { sessions: { [i]: key() } } },
            }),
      ),
    );
    const { rooms } = await ok(grace, 'GET', keysPath(v));
    const count = Object.values<{ sessions: object }>(rooms).reduce(
      (sum, r) => sum + Object.keys(r.sessions).length,
      0,
    );
    assert.equal((await ok(grace, 'GET', version)).count, count);
    assert.equal(rooms['!a'].sessions['x'].first_message_index, 100 - 38);
  });

  test('give thousands of keys back whole', async () => {
    const heidi = await server.user('heidi');
    const v = await create(heidi);
    const room = (from: number, count: number) => ({
      sessions: Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${from + i}`, key(i)])),
    });
    // Pages of 500: rooms that end before, at and after the end of one.
    const rooms = { '!a': room(0, 499), '!b': room(0, 1), '!c': room(0, 700), '!d': room(0, 300), '!e': room(0, 1) };
    const { count } = await ok(heidi, 'PUT', keysPath(v), { rooms });
    assert.equal(count, 1_501);
    assert.deepEqual(await ok(heidi, 'GET', keysPath(v)), { rooms });
    for (const [id, content] of Object.entries(rooms))
      assert.deepEqual(await ok(heidi, 'GET', keysPath(v, id)), content);
  });
});
