import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { generateSigningKey, signJson } from '../../lib/spec/signing.ts';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { type TestIdentityServer, testIdentityServer } from './identity.ts';

describe('third-party invites', () => {
  let server: TestServer;
  let identity: TestIdentityServer;
  let alice: TestUser;
  let bob: TestUser;
  before(async () => {
    identity = await testIdentityServer();
    server = await testServer({ outboundHttp: { allowPrivateAddresses: true, verifyTls: false } });
    alice = await server.user('alice');
    bob = await server.user('bob');
    identity.bindings.set('bob@example.org', bob.userId);
  });
  after(async () => {
    await server.close();
    await identity.close();
  });

  const body = (address: string) => ({ medium: 'email', address, id_server: identity.name, id_access_token: 'token' });
  const invite = (user: TestUser, roomId: string, address: string) =>
    user.call('POST', `/rooms/${encodeURIComponent(roomId)}/invite`, body(address));
  const member = async (roomId: string, userId: string) =>
    (await alice.call('GET', `/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(userId)}`))
      .body;
  const bound = (roomId: string, userId: string, signed: unknown) =>
    server.call('PUT', '/_matrix/federation/v1/3pid/onbind', {
      medium: 'email',
      address: 'x@example.org',
      mxid: userId,
      invites: [{ room_id: roomId, mxid: userId, sender: alice.userId, signed }],
    });

  test('whoever the identity server knows is invited by user id, in a new room too', async () => {
    const roomId = await makeRoom(alice);
    assert.equal((await invite(alice, roomId, 'Bob@example.org')).status, 200);
    assert.equal((await member(roomId, bob.userId)).membership, 'invite');
    const direct = await makeRoom(alice, { invite_3pid: [body('bob@example.org')], is_direct: true });
    const event = await member(direct, bob.userId);
    assert.equal(event.membership, 'invite');
    assert.equal(event.is_direct, true);
  });

  test('an unknown address is stored with the room’s facts, and binding it makes an invite to join by', async () => {
    const roomId = await makeRoom(alice, { name: 'The Room' });
    assert.equal((await invite(alice, roomId, 'carol@example.org')).status, 200);
    const stored = identity.stored.at(-1);
    assert.equal(stored.address, 'carol@example.org');
    assert.equal(stored.room_name, 'The Room');
    assert.equal(stored.sender_display_name, 'alice');
    const token = `token${identity.stored.length}`;
    const path = `/rooms/${encodeURIComponent(roomId)}/state/m.room.third_party_invite/${token}`;
    assert.equal((await alice.call('GET', path)).body.display_name, 'C...');
    const carol = await server.user('carol');
    await bound(roomId, carol.userId, identity.sign({ mxid: carol.userId, token }));
    const event = await member(roomId, carol.userId);
    assert.equal(event.membership, 'invite');
    assert.equal(event.third_party_invite.display_name, 'C...');
    assert.equal((await carol.call('POST', `/join/${encodeURIComponent(roomId)}`, {})).status, 200);
  });

  test('a join can bring the signature itself', async () => {
    const roomId = await makeRoom(alice);
    await invite(alice, roomId, 'dave@example.org');
    const dave = await server.user('dave');
    const token = `token${identity.stored.length}`;
    const signed = identity.sign({ mxid: dave.userId, sender: alice.userId, token });
    const joined = await dave.call('POST', `/join/${encodeURIComponent(roomId)}`, { third_party_signed: signed });
    assert.equal(joined.status, 200, JSON.stringify(joined.body));
    assert.equal((await member(roomId, dave.userId)).membership, 'join');
  });

  test('other keys, other users and revoked keys make no invite', async () => {
    const roomId = await makeRoom(alice);
    await invite(alice, roomId, 'eve@example.org');
    const eve = await server.user('eve');
    const token = `token${identity.stored.length}`;
    const own = signJson({ mxid: eve.userId, token }, identity.name, generateSigningKey('0'));
    const forBob = identity.sign({ mxid: bob.userId, token });
    const good = identity.sign({ mxid: eve.userId, token });
    assert.equal((await bound(roomId, eve.userId, own)).status, 403);
    await bound(roomId, eve.userId, forBob);
    identity.valid = false;
    await bound(roomId, eve.userId, good);
    for (const signed of [own, forBob, good]) {
      const joined = await eve.call('POST', `/join/${encodeURIComponent(roomId)}`, { third_party_signed: signed });
      assert.equal(joined.status, 403);
    }
    assert.equal((await member(roomId, eve.userId)).errcode, 'M_NOT_FOUND');
    identity.valid = true;
  });

  test('who may not invite asks no identity server', async () => {
    const roomId = await makeRoom(alice, { preset: 'public_chat', power_level_content_override: { invite: 50 } });
    await bob.call('POST', `/join/${encodeURIComponent(roomId)}`, {});
    const before = identity.stored.length;
    assert.equal((await invite(bob, roomId, 'frank@example.org')).status, 403);
    assert.equal(identity.stored.length, before);
    const refused = await alice.call('POST', `/rooms/${encodeURIComponent(roomId)}/invite`, {
      ...body('frank@example.org'),
      id_access_token: 'wrong',
    });
    assert.equal(refused.body.errcode, 'M_UNAUTHORIZED');
    const incomplete = { medium: 'email', address: 'frank@example.org', id_server: identity.name };
    const missing = await alice.call('POST', `/rooms/${encodeURIComponent(roomId)}/invite`, incomplete);
    assert.equal(missing.body.errcode, 'M_MISSING_PARAM');
  });
});
