import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { ALICE, BOB, CHARLIE, DAVE, memberOf, POWER, RoomBuilder, RULES, TOPIC, withChanges } from './room-builder.ts';

function smallRoom(): RoomBuilder {
  const room = new RoomBuilder('1').start({ [BOB]: 50 });
  room.member('$join-bob', BOB, BOB, 'join');
  room.topic('$topic0', ALICE, 'before the fork');
  return room;
}

describe('state resolution v1', () => {
  test('power levels: the oldest stands, later ones replace it while they are allowed', () => {
    const room = smallRoom();
    room.powerLevels('$p1', ALICE, { [BOB]: 0 }, { after: ['$topic0'], depth: 20 });
    room.powerLevels('$p2', BOB, { [BOB]: 50, [CHARLIE]: 50 }, { after: ['$topic0'], depth: 30 });
    room.powerLevels('$p3', ALICE, { [BOB]: 1 }, { after: ['$topic0'], depth: 40 });
    // $p1 takes Bob's right to send $p2; that ends the climb, though $p3 would be allowed.
    assert.equal(room.resolve('$p1', '$p2', '$p3').get(POWER), '$p1');
    assert.equal(room.resolve('$p1', '$p3').get(POWER), '$p3');
  });

  test('join rules are judged by the power levels just settled', () => {
    const room = smallRoom();
    room.powerLevels('$p1', ALICE, { [BOB]: 0 }, { after: ['$topic0'], depth: 20 });
    const claimed = room.state(
      '$rules-bob',
      'm.room.join_rules',
      '',
      BOB,
      { join_rule: 'invite' },
      {
        after: ['$topic0'],
        depth: 30,
      },
    );
    assert.equal(room.resolve('$p1', claimed).get(RULES), '$rules');
  });

  test('members are judged by the join rules just settled', () => {
    const room = smallRoom();
    room.member('$dave-leaves', DAVE, DAVE, 'leave', { after: ['$topic0'], depth: 11 });
    room.state(
      '$close',
      'm.room.join_rules',
      '',
      ALICE,
      { join_rule: 'invite' },
      { after: ['$dave-leaves'], depth: 20 },
    );
    room.member('$dave-joins', DAVE, DAVE, 'join', { after: ['$dave-leaves'], depth: 30 });
    const state = room.resolve('$close', '$dave-joins');
    assert.equal(state.get(RULES), '$close');
    assert.equal(state.get(memberOf(DAVE)), '$dave-leaves');
  });

  test('everything else: the deepest that is allowed', () => {
    const room = smallRoom();
    room.topic('$deep', ALICE, 'deep', { after: ['$topic0'], depth: 50 });
    room.topic('$shallow', BOB, 'shallow', { after: ['$topic0'], depth: 40 });
    assert.equal(room.resolve('$deep', '$shallow').get(TOPIC), '$deep');

    room.topic('$by-bob', BOB, 'deepest', { after: ['$topic0'], depth: 60 });
    room.member('$ban-bob', ALICE, BOB, 'ban', { after: ['$topic0'] });
    assert.equal(room.resolve('$by-bob', '$ban-bob', '$deep').get(TOPIC), '$deep');
  });

  test('at equal depth the lowest SHA-1 of the id', () => {
    const room = smallRoom();
    const ids = ['$one', '$two', '$three', '$four'];
    for (const id of ids) room.topic(id, ALICE, id, { after: ['$topic0'], depth: 50 });
    const sha1 = (id: string): string => createHash('sha1').update(id).digest('hex');
    const lowest = ids.toSorted((a, b) => (sha1(a) < sha1(b) ? -1 : 1))[0];
    assert.equal(room.resolve(...ids).get(TOPIC), lowest);
  });

  test('if none is allowed the oldest stays, so that the key is not lost', () => {
    const room = smallRoom();
    room.topic('$t1', BOB, '1', { after: ['$topic0'], depth: 20 });
    room.topic('$t2', BOB, '2', { after: ['$topic0'], depth: 30 });
    room.member('$ban-bob', ALICE, BOB, 'ban');
    const banned = (id: string) => withChanges(room.stateAfter(id), ['m.room.member', BOB, '$ban-bob']);
    assert.equal(room.resolveSets(banned('$t1'), banned('$t2')).get(TOPIC), '$t1');
  });

  test('a key that only one state has is no conflict and is not judged', () => {
    const room = smallRoom();
    room.state('$named', 'm.room.name', '', BOB, { name: 'n' });
    room.member('$ban-bob', ALICE, BOB, 'ban', { after: ['$topic0'] });
    const state = room.resolve('$named', '$ban-bob');
    assert.equal(state.get('m.room.name\0'), '$named');
    assert.equal(state.get(memberOf(BOB)), '$ban-bob');
  });
});
