import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEFAULT_ROOM_VERSION,
  getRoomVersion,
  ROOM_VERSIONS,
  type RoomVersion,
  roomVersionOfCreate,
} from '../../lib/spec/room-versions.ts';

/** The feature table of the specification, one column per version. */
const TABLE: Record<string, string> = {
  stateResolution: 'v1 v2 v2 v2 v2 v2 v2 v2 v2 v2 v2 v2.1',
  eventIdFormat: `domain domain base64${' base64url'.repeat(9)}`,
  eventFormat: `pairs pairs${' ids'.repeat(10)}`,
  enforceKeyValidity: 'no no no no yes yes yes yes yes yes yes yes',
  strictCanonicalJson: 'no no no no no yes yes yes yes yes yes yes',
  specialCaseAliasesAuth: 'yes yes yes yes yes no no no no no no no',
  notificationsInPowerRule: 'no no no no no yes yes yes yes yes yes yes',
  knock: 'no no no no no no yes yes yes yes yes yes',
  restricted: 'no no no no no no no yes yes yes yes yes',
  knockRestricted: 'no no no no no no no no no yes yes yes',
  redactionAuthRule: 'yes yes no no no no no no no no no no',
  integerPowerLevels: 'no no no no no no no no no yes yes yes',
  redaction: 'v1 v1 v1 v1 v1 v6 v6 v8 v9 v9 v11 v11',
  redactsInContent: 'no no no no no no no no no no yes yes',
  creatorIsSender: 'no no no no no no no no no no yes yes',
  roomIdIsHash: 'no no no no no no no no no no no yes',
  privilegedCreators: 'no no no no no no no no no no no yes',
  createInAuthEvents: 'yes yes yes yes yes yes yes yes yes yes yes no',
};

for (const [flag, row] of Object.entries(TABLE)) {
  test(flag, () => {
    const columns = row.split(' ').map((cell) => (cell === 'yes' ? true : cell === 'no' ? false : cell));
    const given = [...ROOM_VERSIONS.values()].map((version) => version[flag as keyof RoomVersion]);
    assert.deepEqual(given, columns);
  });
}

test('versions 1 to 12 are known, 12 is the default, all flags are in the table', () => {
  assert.deepEqual([...ROOM_VERSIONS.keys()], '1 2 3 4 5 6 7 8 9 10 11 12'.split(' '));
  assert.equal(DEFAULT_ROOM_VERSION, '12');
  assert.equal(getRoomVersion('13'), undefined);
  assert.equal(getRoomVersion('constructor'), undefined);
  const flags = Object.keys(getRoomVersion('1')!).filter((flag) => !['id', 'number', 'stability'].includes(flag));
  assert.deepEqual(flags.sort(), Object.keys(TABLE).sort());
  for (const [id, version] of ROOM_VERSIONS) assert.deepEqual([version.id, version.number], [id, Number(id)]);
});

test('the version of a room by its create event', () => {
  assert.equal(roomVersionOfCreate({})?.id, '1');
  assert.equal(roomVersionOfCreate({ room_version: '12' })?.id, '12');
  assert.equal(roomVersionOfCreate({ room_version: 'org.nowhere' }), undefined);
  assert.equal(roomVersionOfCreate({ room_version: 12 }), undefined);
});
