import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALICE, BOB, CHARLIE, DAVE, memberOf, POWER, RoomBuilder, RULES, TOPIC, withChanges } from './room-builder.ts';

/** A room where Alice has 100 and Bob 50, both joined, with a topic by Alice. */
function smallRoom(version = '10'): RoomBuilder {
  const room = new RoomBuilder(version).start({ [BOB]: 50 });
  room.member('$join-bob', BOB, BOB, 'join');
  room.topic('$topic0', ALICE, 'before the fork');
  return room;
}

describe('state resolution v2, step by step', () => {
  test('a ban comes before what the banned one did at the same time', () => {
    const room = smallRoom();
    room.topic('$topic-bob', BOB, 'mine', { after: ['$topic0'], ts: 1 });
    room.member('$ban-bob', ALICE, BOB, 'ban', { after: ['$topic0'], ts: 9_000_000 });
    const state = room.resolve('$topic-bob', '$ban-bob');
    assert.equal(state.get(memberOf(BOB)), '$ban-bob');
    assert.equal(state.get(TOPIC), '$topic0');
  });

  test('a ban by the more powerful comes before a power change by the banned one', () => {
    const room = smallRoom();
    room.powerLevels('$power-bob', BOB, { [BOB]: 50, [CHARLIE]: 50 }, { after: ['$topic0'], ts: 1 });
    room.member('$ban-bob', ALICE, BOB, 'ban', { after: ['$topic0'], ts: 9_000_000 });
    const state = room.resolve('$power-bob', '$ban-bob');
    assert.equal(state.get(POWER), '$power');
    assert.equal(state.get(memberOf(BOB)), '$ban-bob');
  });

  test('of power events by equals the earlier goes first, and the later stands if it is still allowed', () => {
    const room = new RoomBuilder('10').start({ [BOB]: 100 });
    room.member('$join-bob', BOB, BOB, 'join');
    room.state('$rules-a', 'm.room.join_rules', '', ALICE, { join_rule: 'invite' }, { after: ['$join-bob'], ts: 70 });
    room.state('$rules-b', 'm.room.join_rules', '', BOB, { join_rule: 'knock' }, { after: ['$join-bob'], ts: 60 });
    assert.equal(room.resolve('$rules-a', '$rules-b').get(RULES), '$rules-a');
  });

  test('power events equal in power and time go by id', () => {
    const room = new RoomBuilder('10').start({ [BOB]: 100 });
    room.member('$join-bob', BOB, BOB, 'join');
    room.state('$rules-a', 'm.room.join_rules', '', ALICE, { join_rule: 'invite' }, { after: ['$join-bob'], ts: 60 });
    room.state('$rules-b', 'm.room.join_rules', '', BOB, { join_rule: 'knock' }, { after: ['$join-bob'], ts: 60 });
    assert.equal(room.resolve('$rules-a', '$rules-b').get(RULES), '$rules-b');
  });

  test('ids are compared by code point, not by UTF-16 unit', () => {
    const room = new RoomBuilder('2').start({ [BOB]: 100 });
    room.member('$join-bob', BOB, BOB, 'join');
    // U+FF5E is below U+1F600, though its unit is above that of the surrogate.
    room.topic('$\uff5e', ALICE, 'tilde', { after: ['$join-bob'], ts: 60 });
    room.topic('$\u{1f600}', BOB, 'face', { after: ['$join-bob'], ts: 60 });
    assert.equal(room.resolve('$\uff5e', '$\u{1f600}').get(TOPIC), '$\u{1f600}');
  });

  test('an event follows what it rests on, however late its time says that was', () => {
    const room = smallRoom();
    // Bob gets 75 by an event from the far future and uses it by one from the past.
    room.powerLevels('$promote', ALICE, { [BOB]: 75 }, { after: ['$topic0'], ts: 9_000_000 });
    room.powerLevels('$by-bob', BOB, { [BOB]: 75, [CHARLIE]: 75 }, { after: ['$promote'], ts: 1 });
    room.topic('$topic1', ALICE, 'the other side', { after: ['$topic0'], ts: 50 });
    assert.equal(room.resolve('$by-bob', '$topic1').get(POWER), '$by-bob');
  });

  test('a closed door comes before those who went through it at the same time', () => {
    const room = smallRoom();
    room.state(
      '$close',
      'm.room.join_rules',
      '',
      ALICE,
      { join_rule: 'invite' },
      { after: ['$topic0'], ts: 9_000_000 },
    );
    room.member('$join-dave', DAVE, DAVE, 'join', { after: ['$topic0'], ts: 1 });
    const state = room.resolve('$close', '$join-dave');
    assert.equal(state.get(RULES), '$close');
    assert.equal(state.has(memberOf(DAVE)), false);
  });

  test('leaving of one’s own accord is no power event and undoes nothing', () => {
    const room = smallRoom();
    room.member('$leave-bob', BOB, BOB, 'leave', { after: ['$topic0'], ts: 1 });
    room.state('$rules-bob', 'm.room.join_rules', '', BOB, { join_rule: 'invite' }, { after: ['$topic0'], ts: 2 });
    const state = room.resolve('$leave-bob', '$rules-bob');
    assert.equal(state.get(memberOf(BOB)), '$leave-bob');
    assert.equal(state.get(RULES), '$rules-bob');
  });

  test('being removed is one, and undoes what came at the same time', () => {
    const room = smallRoom();
    room.member('$kick-bob', ALICE, BOB, 'leave', { after: ['$topic0'], ts: 9_000_000 });
    room.state('$rules-bob', 'm.room.join_rules', '', BOB, { join_rule: 'invite' }, { after: ['$topic0'], ts: 2 });
    const state = room.resolve('$kick-bob', '$rules-bob');
    assert.equal(state.get(memberOf(BOB)), '$kick-bob');
    assert.equal(state.get(RULES), '$rules');
  });

  test('a topic set under newer power levels beats a later one set under older ones', () => {
    const room = smallRoom();
    room.topic('$old-base', BOB, 'late, under the old levels', { after: ['$topic0'], ts: 9_000_000 });
    room.powerLevels('$power2', ALICE, { [BOB]: 50, [DAVE]: 1 }, { after: ['$topic0'], ts: 1 });
    room.topic('$new-base', ALICE, 'early, under the new levels', { after: ['$power2'], ts: 2 });
    assert.equal(room.resolve('$old-base', '$new-base').get(TOPIC), '$new-base');
  });

  test('under the same power levels the later topic wins, and at the same time the greater id', () => {
    const room = smallRoom();
    room.topic('$x', ALICE, 'x', { after: ['$topic0'], ts: 500 });
    room.topic('$y', BOB, 'y', { after: ['$topic0'], ts: 400 });
    room.topic('$z', BOB, 'z', { after: ['$topic0'], ts: 500 });
    assert.equal(room.resolve('$x', '$y').get(TOPIC), '$x');
    assert.equal(room.resolve('$x', '$z').get(TOPIC), '$z');
  });

  test('what rests on no power levels of the mainline comes before everything that does', () => {
    const room = new RoomBuilder('10');
    room.state('$create', 'm.room.create', '', ALICE, { creator: ALICE, room_version: '10' });
    room.member('$join-alice', ALICE, ALICE, 'join');
    room.topic('$no-levels', ALICE, 'late, before there were levels', { ts: 9_000_000 });
    room.powerLevels('$power', ALICE, {}, { after: ['$join-alice'], ts: 1 });
    room.topic('$levels', ALICE, 'early', { ts: 2 });
    assert.equal(room.resolve('$no-levels', '$levels').get(TOPIC), '$levels');
  });

  test('a key that one state lacks is in dispute', () => {
    const room = smallRoom();
    const full = room.stateAfter('$topic0');
    const without = withChanges(full, ['m.room.topic', '', undefined]);
    assert.equal(room.resolveSets(full, without).get(TOPIC), '$topic0');

    // Here the one who set it is banned by all accounts, so it does not come back.
    room.topic('$topic-bob', BOB, 'mine');
    room.member('$ban-bob', ALICE, BOB, 'ban');
    const banned = room.stateAfter('$ban-bob');
    assert.equal(room.resolveSets(banned, withChanges(banned, ['m.room.topic', '', undefined])).has(TOPIC), false);
  });

  test('a rejected auth event authorises nothing', () => {
    const room = new RoomBuilder('10').start({ [DAVE]: 50 });
    const before = room.stateAfter('$rules');
    const join = room.member('$join-dave', DAVE, DAVE, 'join', { rejected: true });
    const authEvents = ['$create', '$power', join];
    room.state('$greeting', 'org.example.greeting', '', DAVE, {}, { authEvents });
    room.state('$shared', 'org.example.shared', '', DAVE, {}, { authEvents });
    // Both states rest on Dave's join, so it is not replayed itself, and neither holds it.
    const one = withChanges(before, ['org.example.shared', '', '$shared']);
    const other = withChanges(one, ['org.example.greeting', '', '$greeting']);
    assert.equal(room.resolveSets(one, other).has('org.example.greeting\0'), false);

    room.events.get(join)!.rejected = false;
    assert.equal(room.resolveSets(one, other).get('org.example.greeting\0'), '$greeting');
  });

  test('a rejected event in a state takes part like any other', () => {
    const room = smallRoom();
    const before = room.stateAfter('$topic0');
    room.topic('$topic-r', ALICE, 'rejected by mistake', { rejected: true });
    assert.equal(
      room.resolveSets(before, withChanges(before, ['m.room.topic', '', '$topic-r'])).get(TOPIC),
      '$topic-r',
    );
  });

  test('the auth difference is replayed: levels that no state holds any more still count', () => {
    const room = new RoomBuilder('10').start();
    room.member('$join-bob', BOB, BOB, 'join');
    room.powerLevels('$raise-bob', ALICE, { [BOB]: 60 });
    room.powerLevels('$raise-charlie', BOB, { [BOB]: 60, [CHARLIE]: 50 });
    room.topic('$elsewhere', ALICE, 'other side', { after: ['$join-bob'] });
    assert.equal(room.resolve('$raise-charlie', '$elsewhere').get(POWER), '$raise-charlie');
  });

  test('what all states agree on is put back at the end', () => {
    const room = smallRoom();
    room.member('$join-dave', DAVE, DAVE, 'join');
    room.member('$leave-dave', DAVE, DAVE, 'leave');
    room.member('$rejoin-dave', DAVE, DAVE, 'join');
    const agreed = room.stateAfter('$rejoin-dave');
    // One side holds an event that rests on the membership of long ago.
    const old = room.stateAfter('$join-dave');
    room.powerLevels('$power2', ALICE, { [BOB]: 50, [DAVE]: 50 }, { after: ['$join-dave'], seen: old });
    room.topic('$topic-dave', DAVE, 'hi', {
      after: ['$power2'],
      seen: withChanges(old, ['m.room.power_levels', '', '$power2']),
    });
    const claimed = withChanges(agreed, ['m.room.topic', '', '$topic-dave']);
    assert.equal(room.resolveSets(agreed, claimed).get(memberOf(DAVE)), '$rejoin-dave');
  });

  test('power levels as strings order events in old room versions', () => {
    const room = new RoomBuilder('3');
    room.state('$create', 'm.room.create', '', ALICE, { creator: ALICE });
    room.member('$join-alice', ALICE, ALICE, 'join');
    room.state('$power', 'm.room.power_levels', '', ALICE, { users: { [ALICE]: '100', [BOB]: ' 50 ' } });
    room.state('$rules', 'm.room.join_rules', '', ALICE, { join_rule: 'public' });
    room.member('$join-bob', BOB, BOB, 'join');
    room.state('$rules-bob', 'm.room.join_rules', '', BOB, { join_rule: 'invite' }, { after: ['$join-bob'], ts: 1 });
    room.member('$kick-bob', ALICE, BOB, 'leave', { after: ['$join-bob'], ts: 9_000_000 });
    assert.equal(room.resolve('$rules-bob', '$kick-bob').get(RULES), '$rules');
  });
});
