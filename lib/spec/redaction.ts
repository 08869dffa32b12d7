import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';
import type { RoomVersion } from './room-versions.ts';

type Algorithm = RoomVersion['redaction'];

const BASE_KEYS = [
  'event_id',
  'type',
  'room_id',
  'sender',
  'state_key',
  'content',
  'hashes',
  'signatures',
  'depth',
  'prev_events',
  'auth_events',
  'origin_server_ts',
];
const OLD_KEYS: ReadonlySet<string> = new Set([...BASE_KEYS, 'prev_state', 'origin', 'membership']);
const NEW_KEYS: ReadonlySet<string> = new Set(BASE_KEYS);

const LEVELS_V1 = ['ban', 'events', 'events_default', 'kick', 'redact', 'state_default', 'users', 'users_default'];

/** Keys of the content that stay, by algorithm and event type. `all` keeps the whole content. */
const CONTENT_V6: Record<string, readonly string[] | 'all'> = {
  'm.room.member': ['membership'],
  'm.room.create': ['creator'],
  'm.room.join_rules': ['join_rule'],
  'm.room.power_levels': LEVELS_V1,
  'm.room.history_visibility': ['history_visibility'],
};
const CONTENT_V8: typeof CONTENT_V6 = { ...CONTENT_V6, 'm.room.join_rules': ['join_rule', 'allow'] };
const CONTENT_V9: typeof CONTENT_V6 = {
  ...CONTENT_V8,
  'm.room.member': ['membership', 'join_authorised_via_users_server'],
};
const CONTENT: Record<Algorithm, ReadonlyMap<string, readonly string[] | 'all'>> = {
  v1: new Map(Object.entries({ ...CONTENT_V6, 'm.room.aliases': ['aliases'] })),
  v6: new Map(Object.entries(CONTENT_V6)),
  v8: new Map(Object.entries(CONTENT_V8)),
  v9: new Map(Object.entries(CONTENT_V9)),
  v11: new Map<string, readonly string[] | 'all'>([
    ...Object.entries(CONTENT_V9),
    ['m.room.create', 'all'],
    ['m.room.power_levels', [...LEVELS_V1, 'invite']],
    ['m.room.redaction', ['redacts']],
  ]),
};

/** True when a redaction leaves this top-level key of an event in place. */
export function survivesRedaction(key: string, version: RoomVersion): boolean {
  return (version.redaction === 'v11' ? NEW_KEYS : OLD_KEYS).has(key);
}

/**
 * What a redaction leaves of an event's content. Returns the object itself, unchanged and not copied, where all of it
 * stays; never changes its argument.
 */
export function redactContent(type: string, content: JsonObject, version: RoomVersion): JsonObject {
  const keep = CONTENT[version.redaction].get(type);
  if (keep === 'all') return content;
  const left: JsonObject = {};
  if (keep !== undefined) {
    for (const key of keep) {
      if (Object.hasOwn(content, key)) left[key] = content[key] as JsonValue;
    }
  }
  if (version.redaction === 'v11' && type === 'm.room.member' && isJsonObject(content['third_party_invite'])) {
    const invite = content['third_party_invite'];
    left['third_party_invite'] = Object.hasOwn(invite, 'signed') ? { signed: invite['signed'] as JsonValue } : {};
  }
  return left;
}

/**
 * A redacted copy of an event by the algorithm of its room's version (room versions, "Redactions"). `unsigned` goes,
 * hashes and signatures stay. The argument is not changed.
 */
export function redactEvent<T extends { type: string; content: JsonObject }>(event: T, version: RoomVersion): T {
  const left: Record<string, unknown> = {};
  for (const key of Object.keys(event)) {
    if (!survivesRedaction(key, version)) continue;
    left[key] = key === 'content' ? redactContent(event.type, event.content, version) : event[key as keyof T];
  }
  return left as T;
}
