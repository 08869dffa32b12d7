import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../lib/spec/json.ts';
import { ROOM_VERSIONS, type RoomVersion } from '../../lib/spec/room-versions.ts';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { act, failure, putState, seg } from './room-helpers.ts';

/** What clients notice of a room's version; the rules themselves are tested with `lib/spec` and the room engine. */
describe('room versions, as clients see them', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  before(async () => {
    server = await testServer();
    [alice, bob] = await Promise.all([server.user('alice'), server.user('bob')]);
  });
  after(() => server.close());

  const versions = [...ROOM_VERSIONS.values()];
  const room = (version: RoomVersion, body: JsonObject = {}) =>
    makeRoom(alice, { room_version: version.id, preset: 'public_chat', ...body });

  for (const version of versions) {
    const { id, number } = version;
    test(`version ${id}`, async () => {
      const roomId = await room(version);
      assert.equal(roomId.includes(':'), number < 12);
      const create = await alice.call('GET', `/rooms/${seg(roomId)}/state/m.room.create`);
      assert.equal(create.body.room_version, id);
      assert.equal('creator' in create.body, number < 11, 'creator is required up to version 10');

      // Redactions are shown with their target in both places, wherever the version keeps it.
      const said = await say(alice, roomId, 'regret');
      const redacted = await alice.call('PUT', `/rooms/${seg(roomId)}/redact/${seg(said)}/r`, {});
      assert.equal(redacted.status, 200);
      const redaction = await alice.call('GET', `/rooms/${seg(roomId)}/event/${seg(redacted.body.event_id)}`);
      assert.equal(redaction.body.redacts, said);
      assert.equal(redaction.body.content.redacts, said);

      // Floats and huge integers.
      for (const content of [{ n: 1.5 }, { n: 2 ** 53 }]) {
        const answer = await alice.call('PUT', `/rooms/${seg(roomId)}/send/x.y/${JSON.stringify(content)}`, content);
        if (number < 6) assert.equal(answer.status, 200);
        else assert.deepEqual(failure(answer), [400, 'M_BAD_JSON']);
      }

      // Power levels as strings.
      const levels = await alice.call('GET', `/rooms/${seg(roomId)}/state/m.room.power_levels`);
      const strings = await putState(alice, roomId, 'm.room.power_levels', { ...levels.body, events_default: '0' });
      assert.equal(strings.status === 200, number < 10, JSON.stringify(strings.body));

      // Knocking, and the join rules that came later.
      await act(bob, roomId, 'leave').catch(() => {});
      const rules: Record<string, number> = { knock: 7, restricted: 8, knock_restricted: 10 };
      for (const [rule, since] of Object.entries(rules)) {
        const closed = await room(version);
        await putState(alice, closed, 'm.room.join_rules', { join_rule: rule, allow: [] });
        const knock = await bob.call('POST', `/knock/${seg(closed)}`, {});
        const may = number >= since && rule !== 'restricted';
        assert.equal(knock.status, may ? 200 : 403, `${rule}: ${JSON.stringify(knock.body)}`);
        if (!may) assert.equal(knock.body.errcode, 'M_FORBIDDEN');
      }

      // A restricted join by somebody who is in the other room.
      const lounge = await room(version);
      assert.equal((await bob.call('POST', `/join/${seg(lounge)}`, {})).status, 200);
      const club = await room(version, { preset: 'private_chat' });
      await putState(alice, club, 'm.room.join_rules', {
        join_rule: 'restricted',
        allow: [{ type: 'm.room_membership', room_id: lounge }],
      });
      const joined = await bob.call('POST', `/join/${seg(club)}`, {});
      assert.equal(joined.status, number >= 8 ? 200 : 403, JSON.stringify(joined.body));
      if (number >= 8) {
        const member = await alice.call('GET', `/rooms/${seg(club)}/state/m.room.member/${seg(bob.userId)}`);
        assert.equal(member.body.join_authorised_via_users_server, alice.userId);
      }

      // Creators stand above everybody from version 12 on.
      const trusted = await room(version, { preset: 'trusted_private_chat', invite: [bob.userId] });
      assert.equal((await bob.call('POST', `/join/${seg(trusted)}`, {})).status, 200);
      const kick = await act(bob, trusted, 'kick', { user_id: alice.userId });
      assert.deepEqual(failure(kick), [403, 'M_FORBIDDEN']);
      const own = await alice.call('GET', `/rooms/${seg(trusted)}/state/m.room.power_levels`);
      assert.equal(own.body.users?.[alice.userId], number >= 12 ? undefined : 100);
      const creators = await alice.call('GET', `/rooms/${seg(trusted)}/state/m.room.create`);
      assert.deepEqual(creators.body.additional_creators, number >= 12 ? [bob.userId] : undefined);
    });
  }

  test('ids of version 3 may hold slashes and plus signs, and are found all the same', async () => {
    const roomId = await room(versions[2] as RoomVersion);
    const found = new Map<string, string>();
    for (let i = 0; i < 200 && found.size < 2; i++) {
      const eventId = await say(alice, roomId, `${i}`);
      for (const sign of ['/', '+']) if (eventId.includes(sign)) found.set(sign, eventId);
    }
    assert.equal(found.size, 2);
    for (const eventId of found.values()) {
      const event = await alice.call('GET', `/rooms/${seg(roomId)}/event/${seg(eventId)}`);
      assert.equal(event.body.event_id, eventId);
      const context = await alice.call('GET', `/rooms/${seg(roomId)}/context/${seg(eventId)}`);
      assert.equal(context.body.event.event_id, eventId);
      const receipt = await alice.call('POST', `/rooms/${seg(roomId)}/receipt/m.read/${seg(eventId)}`, {});
      assert.equal(receipt.status, 200);
      const redacted = await alice.call('PUT', `/rooms/${seg(roomId)}/redact/${seg(eventId)}/r-${found.size}`, {});
      assert.equal(redacted.status, 200, JSON.stringify(redacted.body));
    }
  });

  test('an unknown version is refused, and capabilities tell the known ones', async () => {
    const roomId = await room(versions[0] as RoomVersion);
    for (const answer of [
      await alice.call('POST', '/createRoom', { room_version: '13' }),
      await act(alice, roomId, 'upgrade', { new_version: '0' }),
    ]) {
      assert.deepEqual(failure(answer), [400, 'M_UNSUPPORTED_ROOM_VERSION']);
    }
    const { body } = await alice.call('GET', '/capabilities');
    assert.deepEqual(Object.keys(body.capabilities['m.room_versions'].available), [...ROOM_VERSIONS.keys()]);
    assert.equal(body.capabilities['m.room_versions'].default, '12');
  });
});
