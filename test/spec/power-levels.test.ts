import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../lib/spec/json.ts';
import { creatorOf, PowerLevels, parseLevel, privilegedCreatorsOf } from '../../lib/spec/power-levels.ts';
import { getRoomVersion, ROOM_VERSIONS } from '../../lib/spec/room-versions.ts';

const version = (id: number) => getRoomVersion(`${id}`)!;
const create = { sender: '@alice:a', content: { creator: '@old:a', additional_creators: ['@bob:a', 5] } };
const levels = (content: JsonObject | undefined, id = 11): PowerLevels =>
  new PowerLevels(content === undefined ? undefined : { content }, create, version(id));

describe('power levels', () => {
  test('without the event: creator 100, the others 0, the defaults', () => {
    assert.equal(levels(undefined).userLevel('@alice:a'), 100);
    assert.equal(levels(undefined).userLevel('@bob:a'), 0);
    assert.equal(levels(undefined, 10).userLevel('@old:a'), 100, 'the creator was in the content before version 11');
    assert.equal(levels(undefined, 10).userLevel('@alice:a'), 0);
    for (const name of ['state_default', 'ban', 'kick', 'redact'] as const)
      assert.equal(levels(undefined).level(name), 50);
    for (const name of ['events_default', 'invite', 'users_default'] as const) assert.equal(levels({}).level(name), 0);
    assert.equal(levels(undefined).eventLevel('m.room.name', true), 50);
    assert.equal(levels(undefined).eventLevel('m.room.message', false), 0);
    assert.equal(levels(undefined).notificationLevel('room'), 50);
    assert.equal(new PowerLevels(undefined, undefined, version(11)).userLevel('@alice:a'), 0);
  });
  test('with the event: the creator has no level of its own', () => {
    const given = levels({
      users: { '@bob:a': 70 },
      users_default: 5,
      events: { 'm.room.name': 30, 'm.room.message': 2 },
      events_default: 3,
      state_default: 40,
      invite: 10,
      notifications: { room: 20 },
    });
    assert.equal(given.userLevel('@bob:a'), 70);
    assert.equal(given.userLevel('@alice:a'), 5);
    assert.equal(given.eventLevel('m.room.name', true), 30);
    assert.equal(given.eventLevel('m.room.topic', true), 40);
    assert.equal(given.eventLevel('m.room.message', false), 2);
    assert.equal(given.eventLevel('m.sticker', false), 3);
    assert.equal(given.level('invite'), 10);
    assert.equal(given.notificationLevel('room'), 20);
    assert.equal(given.notificationLevel('other'), 50);
  });
  test('creators of version 12 stand above all', () => {
    const given = levels({ users: { '@alice:a': 5, '@bob:a': 5, '@carol:a': 2 ** 53 - 1 } }, 12);
    assert.equal(given.userLevel('@alice:a'), Number.POSITIVE_INFINITY);
    assert.equal(given.userLevel('@bob:a'), Number.POSITIVE_INFINITY);
    assert.equal(given.userLevel('@old:a'), 0);
    assert.ok(given.userLevel('@carol:a') < given.userLevel('@bob:a'));
    assert.equal(levels(undefined, 12).userLevel('@carol:a'), 0);
    assert.deepEqual(privilegedCreatorsOf(create, version(12)), ['@alice:a', '@bob:a']);
    assert.deepEqual(privilegedCreatorsOf(create, version(11)), []);
    assert.equal(creatorOf(create, version(10)), '@old:a');
    assert.equal(creatorOf(create, version(11)), '@alice:a');
    assert.equal(creatorOf({ sender: '@alice:a', content: {} }, version(1)), undefined);
  });
  test('malformed contents fall back to the defaults', () => {
    for (const users of [null, [], 'x', 5, { '@bob:a': null }]) {
      assert.equal(levels({ users, users_default: 7 } as JsonObject).userLevel('@bob:a'), 7);
    }
    assert.equal(levels({ ban: 'x', events: { a: {} } } as JsonObject).level('ban'), 50);
    assert.equal(levels({ events: { a: {} } }).eventLevel('a', true), 50);
    for (const key of ['__proto__', 'constructor', 'toString']) {
      assert.equal(levels({ events: {}, users: {}, notifications: {} }).eventLevel(key, false), 0);
      assert.equal(levels({ events: {}, users: {}, notifications: {} }).notificationLevel(key), 50);
    }
  });
});

describe('the form of a level', () => {
  const strings: Array<[string, number | undefined]> = [
    ['100', 100],
    ['000100', 100],
    ['+100', 100],
    ['-100', -100],
    [' 00100 ', 100],
    ['\t+1\n', 1],
    ['', undefined],
    [' ', undefined],
    ['1.0', undefined],
    ['1e2', undefined],
    ['0x10', undefined],
    ['+-1', undefined],
    ['1 0', undefined],
    ['Infinity', undefined],
    ['9'.repeat(400), undefined],
  ];
  for (const [text, wanted] of strings) {
    test(JSON.stringify(text.slice(0, 20)), () => {
      for (const each of ROOM_VERSIONS.values()) {
        assert.equal(parseLevel(text, each), each.number <= 9 ? wanted : undefined, `version ${each.id}`);
      }
    });
  }
  test('numbers', () => {
    for (const each of ROOM_VERSIONS.values()) {
      assert.equal(parseLevel(50, each), 50);
      assert.equal(parseLevel(50.57, each), each.number <= 5 ? 50 : undefined);
      assert.equal(parseLevel(-50.57, each), each.number <= 5 ? -50 : undefined);
      assert.equal(parseLevel(5.114698e4, each), each.number <= 5 ? 51146 : undefined);
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, true, null, undefined, [], {}]) {
        assert.equal(parseLevel(bad, each), undefined);
      }
    }
  });
});
