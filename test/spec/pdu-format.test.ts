import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkPduFormat } from '../../lib/spec/events.ts';
import { getRoomVersion, ROOM_VERSIONS, type RoomVersion } from '../../lib/spec/room-versions.ts';

function pdu(version: RoomVersion, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const reference = version.eventFormat === 'ids' ? '$x' : ['$x:a.test', { sha256: 'h' }];
  const event: Record<string, unknown> = {
    type: 'm.room.message',
    sender: '@alice:a.test',
    room_id: '!r:a.test',
    content: {},
    depth: 5,
    origin_server_ts: 1,
    prev_events: [reference],
    auth_events: [reference],
    hashes: { sha256: 'h' },
    signatures: { 'a.test': { 'ed25519:1': 's' } },
    ...(version.eventIdFormat === 'domain' ? { event_id: '$e:a.test' } : {}),
  };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete event[key];
    else event[key] = value;
  }
  return event;
}

describe('the form of received events', () => {
  test('a good one comes back as it is', () => {
    for (const version of ROOM_VERSIONS.values()) {
      const event = pdu(version, { state_key: '', unsigned: {} });
      assert.equal(checkPduFormat(event, version), event);
    }
  });
  const broken: Array<[field: string, values: unknown[]]> = [
    ['type', [undefined, 5, null]],
    ['sender', [undefined, 'alice', '@alice', 5]],
    ['room_id', [undefined, '', 'r', '#r:a.test', 5]],
    ['content', [undefined, null, [], 'x']],
    ['state_key', [null, 5]],
    ['depth', [undefined, '5', -1, 1.5, null]],
    ['origin_server_ts', [undefined, '5', 1.5]],
    ['prev_events', [undefined, {}, ['x'], [5], [['$x']], Array(21).fill('$x')]],
    ['auth_events', [undefined, {}, [null], Array(11).fill('$x')]],
    ['hashes', [undefined, {}, { sha256: 5 }, 'x']],
    ['signatures', [undefined, null, [], { 'a.test': 'x' }, { 'a.test': { 'ed25519:1': 5 } }]],
    ['unsigned', [null, []]],
  ];
  for (const [field, values] of broken) {
    test(`a broken ${field} is named`, () => {
      for (const version of ROOM_VERSIONS.values()) {
        for (const value of values) {
          assert.throws(
            () => checkPduFormat(pdu(version, { [field]: value }), version),
            (error: Error & { errcode: string }) => error.errcode === 'M_BAD_JSON' && error.message.startsWith(field),
            `version ${version.id}, ${field} ${JSON.stringify(value)}`,
          );
        }
      }
    });
  }
  test('anything but an object', () => {
    for (const value of [null, [], 'x', 5, undefined]) {
      assert.throws(() => checkPduFormat(value, getRoomVersion('12')!), { errcode: 'M_BAD_JSON' });
    }
  });
  test('event_id belongs to versions 1 and 2', () => {
    for (const version of ROOM_VERSIONS.values()) {
      const run = () => checkPduFormat(pdu(version, { event_id: undefined }), version);
      if (version.number <= 2) assert.throws(run, /event_id/);
      else run();
    }
  });
  test('the create event of version 12 needs no room', () => {
    for (const version of ROOM_VERSIONS.values()) {
      const run = () => checkPduFormat(pdu(version, { type: 'm.room.create', room_id: undefined }), version);
      if (version.number < 12) assert.throws(run, /room_id/);
      else run();
    }
  });
  test('canonical JSON is enforced since version 6', () => {
    for (const content of [{ a: 1.5 }, { a: 2 ** 53 }, { a: [{ b: -0 }] }]) {
      for (const version of ROOM_VERSIONS.values()) {
        const run = () => checkPduFormat(pdu(version, { content }), version);
        if (version.number < 6) run();
        else assert.throws(run, { errcode: 'M_BAD_JSON' });
      }
    }
  });

  test('numbers that lose digits cannot be hashed, whatever the version', () => {
    for (const version of ROOM_VERSIONS.values()) {
      for (const field of ['depth', 'origin_server_ts']) {
        for (const number of [2 ** 53, 1e300]) {
          assert.throws(() => checkPduFormat(pdu(version, { [field]: number }), version), new RegExp(field));
        }
      }
    }
  });
});
