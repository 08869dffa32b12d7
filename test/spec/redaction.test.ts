import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../lib/spec/json.ts';
import { redactContent, redactEvent } from '../../lib/spec/redaction.ts';
import { getRoomVersion, ROOM_VERSIONS } from '../../lib/spec/room-versions.ts';
import { anyEvent } from './event-generator.ts';

/** Every key that some algorithm keeps, so that what goes can be seen. */
const FULL: JsonObject = Object.fromEntries(
  [
    'membership join_authorised_via_users_server creator room_version join_rule allow ban events events_default invite',
    'kick notifications redact state_default users users_default aliases history_visibility redacts reason body',
  ]
    .join(' ')
    .split(' ')
    .map((name) => [name, `the ${name}`]),
);
const LEVELS = 'ban events events_default kick redact state_default users users_default';
const ALL = Object.keys(FULL).join(' ');

/** What stays of the content, by type and by range of versions. */
const KEPT: Record<string, Record<string, string>> = {
  'm.room.member': { '1-8': 'membership', '9-12': 'membership join_authorised_via_users_server' },
  'm.room.create': { '1-10': 'creator', '11-12': ALL },
  'm.room.join_rules': { '1-7': 'join_rule', '8-12': 'join_rule allow' },
  'm.room.power_levels': { '1-10': LEVELS, '11-12': `${LEVELS} invite` },
  'm.room.aliases': { '1-5': 'aliases', '6-12': '' },
  'm.room.history_visibility': { '1-12': 'history_visibility' },
  'm.room.redaction': { '1-10': '', '11-12': 'redacts' },
  'm.room.message': { '1-12': '' },
  'm.room.third_party_invite': { '1-12': '' },
  constructor: { '1-12': '' },
};

function inRange(range: string, number: number): boolean {
  const [from, to] = range.split('-').map(Number) as [number, number];
  return number >= from && number <= to;
}

describe('redaction of contents', () => {
  for (const [type, ranges] of Object.entries(KEPT)) {
    test(type, () => {
      for (const version of ROOM_VERSIONS.values()) {
        const [, kept] = Object.entries(ranges).find(([range]) => inRange(range, version.number))!;
        const left = Object.keys(redactContent(type, FULL, version)).sort();
        assert.deepEqual(left, kept.split(' ').filter(Boolean).sort(), `version ${version.id}`);
      }
    });
  }
  test('third_party_invite of members keeps signed since version 11', () => {
    const content = { membership: 'invite', third_party_invite: { display_name: 'x', signed: { token: 't' } } };
    assert.deepEqual(redactContent('m.room.member', content, getRoomVersion('10')!), { membership: 'invite' });
    for (const id of ['11', '12']) {
      const version = getRoomVersion(id)!;
      assert.deepEqual(redactContent('m.room.member', content, version), {
        membership: 'invite',
        third_party_invite: { signed: { token: 't' } },
      });
      assert.deepEqual(redactContent('m.room.member', { third_party_invite: 'x' }, version), {});
      assert.deepEqual(redactContent('m.room.member', { third_party_invite: { x: 1 } }, version), {
        third_party_invite: {},
      });
    }
  });
});

describe('redaction of events', () => {
  const event = {
    event_id: '$x:a',
    type: 'm.room.message',
    room_id: '!r:a',
    sender: '@a:a',
    state_key: '',
    content: { body: 'x' },
    hashes: { sha256: 'h' },
    signatures: { a: { 'ed25519:1': 's' } },
    depth: 1,
    prev_events: ['$p'],
    prev_state: ['$s'],
    auth_events: ['$q'],
    origin: 'a',
    origin_server_ts: 5,
    membership: 'join',
    redacts: '$t',
    unsigned: { age: 1 },
    'org.test': 1,
  };
  test('keeps the keys of the list', () => {
    const { redacts: _r, unsigned: _u, 'org.test': _o, ...old } = event;
    const { prev_state: _p, origin: _g, membership: _m, ...fresh } = old;
    for (const version of ROOM_VERSIONS.values()) {
      const wanted = { ...(version.number >= 11 ? fresh : old), content: {} };
      assert.deepEqual(redactEvent(event, version), wanted, `version ${version.id}`);
    }
  });
  test('does not change its argument and is idempotent', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ROOM_VERSIONS.values()), fc.gen(), (version, gen) => {
        const given = anyEvent(gen, version);
        const before = JSON.stringify(given);
        const once = redactEvent(given, version);
        assert.equal(JSON.stringify(given), before);
        assert.deepEqual(redactEvent(once, version), once);
      }),
      { numRuns: 1000 },
    );
  });
});
