import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { getRoomVersion } from '../../../lib/spec/room-versions.ts';
import { resolveV2, resolveV21 } from '../../../lib/spec/state-resolution/index.ts';
import { ALICE, BOB, CHARLIE, memberOf, POWER, RoomBuilder, RULES, TOPIC, withChanges } from './room-builder.ts';

describe('what v2.1 changed (MSC4297)', () => {
  // Both problems are about states with something outdated in them, as a partial synchronisation may give.
  for (const version of ['11', '12']) {
    test(`problem A, room version ${version}: join rules survive that the one who set them left`, () => {
      const room = new RoomBuilder(version).start({ [BOB]: 50 });
      room.member('$join-bob', BOB, BOB, 'join');
      room.state('$rules2', 'm.room.join_rules', '', ALICE, { join_rule: 'invite' });
      room.member('$leave-alice', ALICE, ALICE, 'leave');
      const correct = room.stateAfter('$leave-alice');
      const outdated = withChanges(correct, ['m.room.join_rules', '', '$rules']);

      const v2 = resolveV2(room.version, [correct, outdated], room);
      assert.equal(v2.has(RULES), false, 'v2 loses the join rules');
      const v21 = resolveV21(room.version, [correct, outdated], room);
      assert.equal(v21.get(RULES), '$rules2');
      assert.equal(v21.get(memberOf(ALICE)), '$leave-alice');
    });

    test(`problem B, room version ${version}: a promotion survives that came about by a promotion`, () => {
      const room = new RoomBuilder(version).start();
      room.member('$join-bob', BOB, BOB, 'join');
      room.member('$join-charlie', CHARLIE, CHARLIE, 'join');
      room.powerLevels('$promote-bob', ALICE, { [BOB]: 60 });
      room.powerLevels('$promote-charlie', BOB, { [BOB]: 60, [CHARLIE]: 50 });
      room.topic('$topic', CHARLIE, 'rests on the newest levels');
      const correct = room.stateAfter('$topic');
      const outdated = withChanges(correct, ['m.room.power_levels', '', '$power']);

      assert.equal(resolveV2(room.version, [correct, outdated], room).get(POWER), '$power', 'v2 resets the levels');
      assert.equal(resolveV21(room.version, [correct, outdated], room).get(POWER), '$promote-charlie');
    });
  }

  test('a lone conflicted event brings nothing else into the subgraph', () => {
    const room = new RoomBuilder('12').start();
    room.topic('$topic', ALICE, 'alone');
    const seen: string[][] = [];
    const full = room.stateAfter('$topic');
    resolveV21(room.version, [full, withChanges(full, ['m.room.topic', '', undefined])], room, {
      conflictedSubgraph(conflicted) {
        seen.push([...conflicted]);
        return conflicted;
      },
    });
    assert.deepEqual(seen, [['$topic']]);
  });
});

describe('creators in room version 12', () => {
  test('the creator’s events go before those of any level', () => {
    const room = new RoomBuilder('12').start({ [BOB]: 9_007_199_254_740_991 });
    room.member('$join-bob', BOB, BOB, 'join');
    room.state('$rules-bob', 'm.room.join_rules', '', BOB, { join_rule: 'invite' }, { ts: 1 });
    room.member('$kick-bob', ALICE, BOB, 'leave', { after: ['$join-bob'], ts: 9_000_000 });
    const state = room.resolve('$rules-bob', '$kick-bob');
    assert.equal(state.get(RULES), '$rules');
    assert.equal(state.get(memberOf(BOB)), '$kick-bob');
  });

  test('additional creators stand as high', () => {
    const room = new RoomBuilder('12');
    room.state('$create', 'm.room.create', '', ALICE, { room_version: '12', additional_creators: [CHARLIE] });
    room.member('$join-alice', ALICE, ALICE, 'join');
    room.powerLevels('$power', ALICE, { [BOB]: 100 });
    room.state('$rules', 'm.room.join_rules', '', ALICE, { join_rule: 'public' });
    room.member('$join-bob', BOB, BOB, 'join');
    room.member('$join-charlie', CHARLIE, CHARLIE, 'join');
    room.state('$rules-bob', 'm.room.join_rules', '', BOB, { join_rule: 'invite' }, { ts: 1 });
    room.member('$kick-bob', CHARLIE, BOB, 'leave', { after: ['$join-charlie'], ts: 9_000_000 });
    assert.equal(room.resolve('$rules-bob', '$kick-bob').get(RULES), '$rules');
  });

  test('the create event is known without being cited', () => {
    const room = new RoomBuilder('12').start();
    assert.ok(!room.get('$rules')!.authEventIds.includes('$create'));
    room.topic('$a', ALICE, 'a', { after: ['$rules'], ts: 100 });
    room.topic('$b', ALICE, 'b', { after: ['$rules'], ts: 200 });
    assert.equal(room.resolve('$a', '$b').get(TOPIC), '$b');

    // Even where the states do not hold it, if the caller names it.
    const bare = (id: string) => withChanges(room.stateAfter(id), ['m.room.create', '', undefined]);
    const named = resolveV21(getRoomVersion('12')!, [bare('$a'), bare('$b')], room, { createEventId: '$create' });
    assert.equal(named.get(TOPIC), '$b');
  });
});
