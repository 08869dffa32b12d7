import fc from 'fast-check';
import type { UnsignedPdu } from '../../lib/spec/events.ts';
import type { JsonObject, JsonValue } from '../../lib/spec/json.ts';
import type { RoomVersion } from '../../lib/spec/room-versions.ts';

const TYPES = [
  'm.room.message',
  'm.room.member',
  'm.room.create',
  'm.room.join_rules',
  'm.room.power_levels',
  'm.room.aliases',
  'm.room.history_visibility',
  'm.room.redaction',
  'constructor',
];
const KEYS = [
  'membership',
  'creator',
  'join_rule',
  'allow',
  'ban',
  'events',
  'invite',
  'users',
  'users_default',
  'aliases',
  'history_visibility',
  'redacts',
  'join_authorised_via_users_server',
  'third_party_invite',
  'body',
  'é',
  '\u{1f600}',
  '\uffff',
  '__proto__',
];
const value: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(
    'x',
    5,
    true,
    null,
    [],
    {},
    ['日本'],
    { signed: { token: 't' }, more: 1 },
    { '\u{1f600}': 1 },
  ),
  fc.string({ unit: 'grapheme', maxLength: 10 }),
);
const extraKeys = ['origin', 'membership', 'prev_state', 'org.test.extra', 'age_ts', '\u{1f600}', '\uffff'];

/** An event of that version with any content, extra top-level members, and sometimes hashes and signatures. */
export function anyEvent(gen: fc.GeneratorValue, version: RoomVersion): UnsignedPdu {
  const entries = gen(() => fc.array(fc.tuple(fc.constantFrom(...KEYS), value), { maxLength: 6 }));
  const text = entries.map(([key, entry]) => `${JSON.stringify(key)}:${JSON.stringify(entry)}`).join(',');
  const reference = (name: string) =>
    version.eventFormat === 'ids' ? `$${name}` : [`$${name}:a.test`, { sha256: 'x' }];
  const event: Record<string, unknown> = {
    type: gen(fc.constantFrom, ...TYPES),
    sender: '@alice:a.test',
    room_id: '!r:a.test',
    depth: gen(fc.nat),
    origin_server_ts: 1_700_000_000_000,
    prev_events: [reference('p')],
    auth_events: [reference('a'), reference('b')],
    // Through the parser, so that a member called __proto__ is one of the object's own.
    content: JSON.parse(`{${text}}`) as JsonObject,
  };
  if (version.eventIdFormat === 'domain') event['event_id'] = '$x:a.test';
  if (gen(fc.boolean)) event['state_key'] = gen(fc.string);
  if (gen(fc.boolean)) event['unsigned'] = { age: 5, é: 1 };
  if (gen(fc.boolean)) event['signatures'] = { 'b.test': { 'ed25519:x': 'c2ln' } };
  if (gen(fc.boolean)) event['hashes'] = { sha256: 'old', md5: 'kept' };
  for (const key of gen(() => fc.uniqueArray(fc.constantFrom(...extraKeys), { maxLength: 3 })))
    event[key] = gen(() => value);
  return event as unknown as UnsignedPdu;
}
