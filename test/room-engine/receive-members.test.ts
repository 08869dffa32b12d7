import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../lib/spec/json.ts';
import { generateSigningKey, signJson } from '../../lib/spec/signing.ts';
import { type TestEngine, testEngine } from './engine-kit.ts';
import { lookAt } from './look.ts';
import { ALICE, BOB, CAROL, RemoteRoom } from './remote-room.ts';

/** Ways into a room, and power over its members, as the persister takes them from other servers. */
describe('members of other servers', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await testEngine();
  });
  after(() => engine.close());

  const start = async (version: string, options: Parameters<RemoteRoom['start']>[0] = {}) => {
    const room = new RemoteRoom(version).start({ levels: { [BOB]: 50 }, ...options });
    const open = options.joinRule === undefined || options.joinRule === 'public';
    if (!open) {
      room.member(ALICE, BOB, 'invite');
      room.member(ALICE, '@me:localhost', 'invite');
    }
    room.member(BOB, BOB, 'join');
    await room.joinedBy(engine.events);
    return room;
  };
  const status = async (room: RemoteRoom, id: string, more: { signedBy?: string[] } = {}) =>
    (await room.sendTo(engine.events, [id], more))[0]?.status;

  for (const [version, joinRule] of [
    ['8', 'restricted'],
    ['11', 'restricted'],
    ['10', 'knock_restricted'],
    ['12', 'knock_restricted'],
  ] as const) {
    test(`version ${version}: a ${joinRule} join needs somebody who vouches for it, and that server's signature`, async () => {
      const room = await start(version, { joinRule, rules: { allow: [] } });
      const { last } = room;
      const join = (content: JsonObject, rejected: boolean) =>
        room.state('m.room.member', CAROL, CAROL, { membership: 'join', ...content }, { after: [last], rejected });
      const vouched = { join_authorised_via_users_server: ALICE };
      assert.equal(await status(room, join({}, true)), 'rejected');
      assert.equal(await status(room, join({ join_authorised_via_users_server: '@who:a.example' }, true)), 'rejected');
      assert.equal(await status(room, join(vouched, true), { signedBy: ['c.example'] }), 'rejected');
      assert.equal(await status(room, join(vouched, false), { signedBy: ['c.example', 'a.example'] }), 'accepted');
      assert.equal((await lookAt(engine.db, room.roomId)).members.get(CAROL), 'join');
    });
  }

  test('who vouches must be allowed to invite', async () => {
    const room = await start('11', { joinRule: 'restricted', rules: { allow: [] } });
    const levels = room.state('m.room.power_levels', '', ALICE, { users: { [ALICE]: 100, [BOB]: 50 }, invite: 60 });
    assert.equal(await status(room, levels), 'accepted');
    const content = { membership: 'join', join_authorised_via_users_server: BOB };
    const joins = room.state('m.room.member', CAROL, CAROL, content, { rejected: true });
    assert.equal(await status(room, joins, { signedBy: ['b.example', 'c.example'] }), 'rejected');
  });

  for (const version of ['7', '10', '12']) {
    test(`version ${version}: knocking, and being let in or not`, async () => {
      const room = await start(version, { joinRule: 'knock' });
      const knock = room.member(CAROL, CAROL, 'knock');
      const invite = room.member(ALICE, CAROL, 'invite');
      const joins = room.member(CAROL, CAROL, 'join');
      for (const id of [knock, invite, joins]) assert.equal(await status(room, id), 'accepted');
      const again = room.member(CAROL, CAROL, 'knock', { rejected: true });
      assert.equal(await status(room, again), 'rejected');
      const dave = '@dave:d.example';
      const other = room.member(CAROL, dave, 'knock', { rejected: true, after: [joins] });
      assert.equal(await status(room, other), 'rejected');
      const own = room.member(dave, dave, 'knock', { after: [joins] });
      const takenBack = room.member(dave, dave, 'leave');
      for (const id of [own, takenBack]) assert.equal(await status(room, id), 'accepted');
    });
  }

  test('before version 7 nobody knocks', async () => {
    const room = await start('6', { joinRule: 'public' });
    assert.equal(await status(room, room.member(CAROL, CAROL, 'knock', { rejected: true })), 'rejected');
  });

  for (const version of ['1', '6', '11', '12']) {
    test(`version ${version}: an invite to an e-mail address becomes one to a user, by the identity server's key`, async () => {
      const room = await start(version, { joinRule: 'invite' });
      const key = generateSigningKey('0');
      const token = 'abc';
      const open = room.state('m.room.third_party_invite', token, BOB, {
        display_name: 'c…@…',
        public_key: key.publicKey,
        key_validity_url: 'https://is.example/valid',
      });
      assert.equal(await status(room, open), 'accepted');
      const invite = (mxid: string, signer: typeof key, sender: string, rejected: boolean, spoken = token) => {
        const signed = signJson({ mxid, token: spoken }, 'is.example', signer);
        const content = { membership: 'invite', third_party_invite: { display_name: 'c…@…', signed } };
        return room.state('m.room.member', CAROL, sender, content as unknown as JsonObject, {
          after: [open],
          rejected,
        });
      };
      assert.equal(await status(room, invite('@other:c.example', key, BOB, true)), 'rejected');
      assert.equal(await status(room, invite(CAROL, generateSigningKey('0'), BOB, true)), 'rejected');
      assert.equal(await status(room, invite(CAROL, key, ALICE, true)), 'rejected');
      assert.equal(await status(room, invite(CAROL, key, BOB, true, 'unknown')), 'rejected');
      const good = invite(CAROL, key, BOB, false);
      assert.equal(await status(room, good), 'accepted');
      assert.equal(await status(room, room.member(CAROL, CAROL, 'join', { after: [good] })), 'accepted');
    });
  }

  describe('version 12', () => {
    test('nobody has power over creators, and power levels do not name them', async () => {
      const room = await start('12', {
        create: { additional_creators: [CAROL] },
        levels: { [BOB]: 1_000_000 },
      });
      const carol = room.member(CAROL, CAROL, 'join');
      assert.equal(await status(room, carol), 'accepted');
      for (const creator of [ALICE, CAROL]) {
        for (const membership of ['leave', 'ban']) {
          const id = room.member(BOB, creator, membership, { after: [carol], rejected: true });
          assert.equal(await status(room, id), 'rejected');
        }
        const named = room.levels({ [creator]: 50, [BOB]: 1_000_000 }, { after: [carol], rejected: true }, BOB);
        assert.equal(await status(room, named), 'rejected');
      }
      const byCarol = room.member(CAROL, BOB, 'ban', { after: [carol] });
      assert.equal(await status(room, byCarol), 'accepted');
    });

    test('the create event is in nobody’s auth events, and its hash is the room’s id', async () => {
      const room = await start('12');
      const create = [...room.events.keys()][0] as string;
      assert.equal(room.roomId, `!${create.slice(1)}`);
      const auth = [...room.stateAfter([room.last])]
        .filter(([key]) => ['m.room.power_levels\0', `m.room.member\0${ALICE}`].includes(key))
        .map(([, id]) => id);
      const cites = room.say(ALICE, 'x', { auth: [...auth, create], rejected: true });
      assert.equal(await status(room, cites), 'rejected');
    });

    test('a create event with a room id, or creators that are none, makes no room', async () => {
      const room = new RemoteRoom('12');
      const create = { room_version: '12', additional_creators: ['carol'] };
      room.state('m.room.create', '', ALICE, create);
      room.member(ALICE, ALICE, 'join');
      room.levels({});
      room.state('m.room.join_rules', '', ALICE, { join_rule: 'public' });
      await assert.rejects(room.joinedBy(engine.events));
    });
  });

  test('m.federate false keeps users of other servers out', async () => {
    const room = new RemoteRoom('11').start({ create: { 'm.federate': false } });
    room.member(BOB, BOB, 'join', { rejected: true });
    await assert.rejects(room.joinedBy(engine.events, '@me:localhost'), /other servers/);
  });
});
