import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MatrixError } from '../../lib/spec/errors.ts';
import {
  applyEventFields,
  type FilterableEvent,
  limitOf,
  matchesEvent,
  matchesNothing,
  matchesRoom,
  matchesType,
  parseFilter,
  parseRoomEventFilter,
} from '../../lib/spec/filters.ts';

const MESSAGE: FilterableEvent = {
  type: 'm.room.message',
  sender: '@alice:example.org',
  room_id: '!room:example.org',
  content: { body: 'hello' },
};
const matches = (filter: object, event: Partial<FilterableEvent> = {}): boolean =>
  matchesEvent(parseRoomEventFilter(filter), { ...MESSAGE, ...event });

describe('reading filters', () => {
  test('the example of the specification', () => {
    const filter = parseFilter({
      room: {
        state: { types: ['m.room.*'], not_rooms: ['!726s6s6q:example.com'] },
        timeline: { limit: 10, types: ['m.room.message'], not_senders: ['@spam:example.com'] },
        ephemeral: { types: ['m.receipt', 'm.typing'] },
      },
      presence: { types: ['m.presence'], not_senders: ['@alice:example.com'] },
      event_format: 'client',
      event_fields: ['type', 'content', 'sender'],
    });
    assert.deepEqual(filter.room.state.types, ['m.room.*']);
    assert.deepEqual(filter.room.state.notRooms, ['!726s6s6q:example.com']);
    assert.equal(filter.room.timeline.limit, 10);
    assert.deepEqual(filter.room.timeline.notSenders, ['@spam:example.com']);
    assert.deepEqual(filter.presence.notSenders, ['@alice:example.com']);
    assert.deepEqual(filter.eventFields, [['type'], ['content'], ['sender']]);
  });

  test('an empty filter lets everything through', () => {
    for (const filter of [parseFilter({}), parseFilter(undefined)]) {
      assert.equal(filter.eventFormat, 'client');
      assert.equal(filter.eventFields, undefined);
      assert.equal(filter.room.includeLeave, false);
      assert.equal(filter.room.timeline.lazyLoadMembers, false);
      assert.equal(filter.room.timeline.unreadThreadNotifications, false);
      for (const part of [filter.room.timeline, filter.room.state, filter.presence]) {
        assert.ok(matchesEvent(part, MESSAGE));
        assert.ok(!matchesNothing(part));
      }
    }
  });

  test('flags and related events', () => {
    const filter = parseRoomEventFilter({
      lazy_load_members: true,
      include_redundant_members: true,
      unread_thread_notifications: true,
      related_by_senders: ['@bob:example.org'],
      related_by_rel_types: ['m.thread'],
    });
    assert.ok(filter.lazyLoadMembers && filter.includeRedundantMembers && filter.unreadThreadNotifications);
    assert.deepEqual(filter.relatedBySenders, ['@bob:example.org']);
    assert.deepEqual(filter.relatedByRelTypes, ['m.thread']);
    assert.equal(parseFilter({ room: { include_leave: true } }).room.includeLeave, true);
  });

  const invalid: unknown[] = [
    'a string',
    [],
    null,
    { presence: 'not_an_object' },
    { account_data: [] },
    { room: 1 },
    { room: { timeline: 'not_an_object' } },
    { room: { state: 'not_an_object' } },
    { room: { ephemeral: 'not_an_object' } },
    { room: { account_data: 'not_an_object' } },
    { room: { timeline: { rooms: 'not_a_list' } } },
    { room: { timeline: { not_rooms: 'not_a_list' } } },
    { room: { timeline: { senders: 'not_a_list' } } },
    { room: { timeline: { not_senders: 'not_a_list' } } },
    { room: { timeline: { types: 'not_a_list' } } },
    { room: { timeline: { not_types: 'not_a_list' } } },
    { room: { timeline: { types: [0] } } },
    { room: { timeline: { rooms: ['not_a_room_id'] } } },
    { room: { timeline: { senders: ['not_a_sender_id'] } } },
    { room: { timeline: { limit: -1 } } },
    { room: { timeline: { limit: 1.5 } } },
    { room: { timeline: { limit: '10' } } },
    { room: { timeline: { contains_url: 'yes' } } },
    { room: { state: { lazy_load_members: 1 } } },
    { room: { include_leave: 'false' } },
    { room: { rooms: ['#alias:example.org'] } },
    { event_format: 'xml' },
    { event_fields: 'type' },
    { event_fields: [1] },
    { event_fields: new Array(501).fill('type') },
    { room: { timeline: { types: new Array(5001).fill('m.x') } } },
  ];
  for (const json of invalid) {
    test(`is refused: ${JSON.stringify(json).slice(0, 60)}`, () => {
      assert.throws(
        () => parseFilter(json),
        (error: unknown) => error instanceof MatrixError && error.status === 400 && error.errcode === 'M_BAD_JSON',
      );
    });
  }
});

describe('matching events', () => {
  test('types and senders, the unwanted winning over the wanted', () => {
    assert.ok(matches({ types: ['m.room.message'] }));
    assert.ok(!matches({ types: ['m.room.topic'] }));
    assert.ok(!matches({ types: [] }));
    assert.ok(!matches({ types: ['m.room.message'], not_types: ['m.room.message'] }));
    assert.ok(matches({ senders: ['@alice:example.org'] }));
    assert.ok(!matches({ senders: ['@bob:example.org'] }));
    assert.ok(!matches({ not_senders: ['@alice:example.org'] }));
    assert.ok(!matches({ senders: ['@alice:example.org'] }, { sender: undefined }));
    assert.ok(matches({ not_senders: ['@alice:example.org'] }, { sender: undefined }));
  });

  test('wildcards in types', () => {
    const wants = (pattern: string, type: string): boolean => matchesType({ types: [pattern] }, type);
    assert.ok(wants('*', ''));
    assert.ok(wants('m.room.*', 'm.room.message'));
    assert.ok(!wants('m.room.*', 'M.ROOM.message'));
    assert.ok(!wants('m.room.*', 'm.roomy'));
    assert.ok(wants('*.message', 'm.room.message'));
    assert.ok(wants('m.*.message', 'm.room.message'));
    assert.ok(!wants('m.room.*message', 'm.room.mess'));
    assert.ok(!wants('ab*ba', 'aba'), 'the two ends must not overlap');
    assert.ok(!wants('m?room', 'm.room'), 'only the star is special');
    assert.ok(!matches({ not_types: ['m.room.*'] }));
  });

  test('wildcards agree with a regular expression', () => {
    const letter = fc.constantFrom('a', 'b', '.', '*');
    fc.assert(
      fc.property(fc.string({ unit: letter, maxLength: 8 }), fc.string({ unit: letter, maxLength: 10 }), (p, type) => {
        const expected = new RegExp(`^${p.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 's').test(type);
        assert.equal(matchesType({ types: [p] }, type), expected);
      }),
    );
  });

  test('rooms', () => {
    assert.ok(matches({ rooms: ['!room:example.org'] }));
    assert.ok(!matches({ rooms: ['!other:example.org'] }));
    assert.ok(!matches({ rooms: ['!room:example.org'], not_rooms: ['!room:example.org'] }));
    assert.ok(matchesRoom(parseFilter({ room: { not_rooms: ['!x:y'] } }).room, '!room:example.org'));
    assert.ok(!matchesRoom(parseFilter({ room: { rooms: [] } }).room, '!room:example.org'));
  });

  test('events with a url', () => {
    const withUrl = { content: { url: 'mxc://example.org/a' } };
    assert.ok(matches({ contains_url: true }, withUrl));
    assert.ok(!matches({ contains_url: true }));
    assert.ok(!matches({ contains_url: false }, withUrl));
    assert.ok(matches({ contains_url: false }));
    assert.ok(matches({ contains_url: false }, { content: 'no object' }));
  });

  test('relation types', () => {
    const inThread = { content: { 'm.relates_to': { rel_type: 'm.thread', event_id: '$x' } } };
    assert.ok(matches({ 'org.matrix.msc3874.rel_types': ['m.thread'] }, inThread));
    assert.ok(!matches({ 'org.matrix.msc3874.rel_types': ['m.thread'] }));
    assert.ok(!matches({ 'org.matrix.msc3874.not_rel_types': ['m.thread'] }, inThread));
    assert.ok(matches({ 'org.matrix.msc3874.not_rel_types': ['m.thread'] }));
    assert.ok(!matches({ rel_types: ['m.replace'] }, inThread));
  });

  test('room parts are not asked of events outside rooms', () => {
    const { presence } = parseFilter({ presence: { types: ['m.presence'] } });
    assert.ok(matchesEvent(presence, { type: 'm.presence', sender: '@alice:example.org' }));
  });

  test('filters that let nothing through are known as such', () => {
    for (const filter of [{ types: [] }, { senders: [] }, { not_types: ['*'] }, { rooms: [] }, { limit: 0 }]) {
      assert.ok(matchesNothing(parseRoomEventFilter(filter)), JSON.stringify(filter));
    }
    assert.ok(!matchesNothing(parseRoomEventFilter({ types: ['m.*'], not_types: ['m.x'] })));
  });

  test('limits', () => {
    assert.equal(limitOf({}, 10, 100), 10);
    assert.equal(limitOf({ limit: 5000 }, 10, 100), 100);
    assert.equal(limitOf(parseRoomEventFilter({ limit: 0 }), 10, 100), 0);
  });
});

describe('cutting events down to fields', () => {
  const event = {
    type: 'm.room.message',
    content: { body: 'hi', 'm.relates_to': { rel_type: 'm.thread', event_id: '$r' }, 'a\\b': 1, info: null },
    sender: '@alice:example.org',
    unsigned: { age: 5 },
  };
  const cut = (...fields: string[]): object =>
    applyEventFields(event, parseFilter({ event_fields: fields }).eventFields);

  test('none, whole members, nested ones', () => {
    assert.equal(applyEventFields(event, undefined), event);
    assert.deepEqual(cut('type', 'unsigned'), { type: 'm.room.message', unsigned: { age: 5 } });
    assert.deepEqual(cut('content.body'), { content: { body: 'hi' } });
    assert.deepEqual(cut('content.body', 'content.info'), { content: { body: 'hi', info: null } });
    assert.deepEqual(cut(), {});
  });

  test('escaped dots and backslashes', () => {
    assert.deepEqual(cut('content.m\\.relates_to.rel_type'), {
      content: { 'm.relates_to': { rel_type: 'm.thread' } },
    });
    assert.deepEqual(cut('content.m.relates_to'), {});
    assert.deepEqual(cut('content.a\\\\b'), { content: { 'a\\b': 1 } });
    assert.deepEqual(cut('content.a\\b'), { content: { 'a\\b': 1 } });
  });

  test('a whole member next to a part of it, in either order, and the event stays as it was', () => {
    const before = structuredClone(event);
    assert.deepEqual(cut('content.body', 'content'), { content: event.content });
    assert.deepEqual(cut('content', 'content.body'), { content: event.content });
    assert.deepEqual(event, before);
  });

  test('nothing is reached through prototypes', () => {
    assert.deepEqual(cut('content.__proto__.polluted', '__proto__', 'content.constructor'), {});
    const forged = JSON.parse('{"__proto__":{"polluted":true},"type":"x"}');
    applyEventFields(forged, parseFilter({ event_fields: ['__proto__.polluted'] }).eventFields);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    const inherited = { constructor: { polluted: true } };
    const copy = applyEventFields(inherited, parseFilter({ event_fields: ['constructor.polluted'] }).eventFields);
    assert.deepEqual(copy, inherited);
    assert.ok(!Object.hasOwn(Object, 'polluted'));
  });
});
