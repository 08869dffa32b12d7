/** What a room version changes. One row per version in {@link ROOM_VERSIONS}. */
export interface RoomVersion {
  readonly id: string;
  /** Number of the version, for comparing in tests and messages. */
  readonly number: number;
  readonly stability: 'stable' | 'unstable';
  /** State resolution algorithm. */
  readonly stateResolution: 'v1' | 'v2' | 'v2.1';
  /** `$x:server` chosen by the sender's server, or `$` and the reference hash in that alphabet. */
  readonly eventIdFormat: 'domain' | 'base64' | 'base64url';
  /** `prev_events` and `auth_events` as `[id, {sha256}]` pairs or as plain ids. */
  readonly eventFormat: 'pairs' | 'ids';
  /** Signatures count only while the signing key is valid at `origin_server_ts`. */
  readonly enforceKeyValidity: boolean;
  /** Events must be canonical JSON: integers only, within plus or minus 2^53 - 1. */
  readonly strictCanonicalJson: boolean;
  /** The auth rule for `m.room.aliases`; also keeps `aliases` in redactions by algorithm v1. */
  readonly specialCaseAliasesAuth: boolean;
  /** `notifications` is guarded by the power level rule like `events`. */
  readonly notificationsInPowerRule: boolean;
  /** Join rule and membership `knock`. */
  readonly knock: boolean;
  /** Join rule `restricted`. */
  readonly restricted: boolean;
  /** Join rule `knock_restricted`. */
  readonly knockRestricted: boolean;
  /** The right to redact is an auth rule; elsewhere it is checked when both events are known. */
  readonly redactionAuthRule: boolean;
  /** Power levels must be integers; elsewhere strings of digits pass as well. */
  readonly integerPowerLevels: boolean;
  /** Redaction algorithm. */
  readonly redaction: 'v1' | 'v6' | 'v8' | 'v9' | 'v11';
  /** `redacts` is in the content of redactions; elsewhere at top level. */
  readonly redactsInContent: boolean;
  /** The creator is the sender of the create event; elsewhere `content.creator`. */
  readonly creatorIsSender: boolean;
  /** The room id is the create event's id with `!` for `$`. */
  readonly roomIdIsHash: boolean;
  /** Creators stand above every power level. */
  readonly privilegedCreators: boolean;
  /** The create event is among the `auth_events` of other events. */
  readonly createInAuthEvents: boolean;
}

const V1: RoomVersion = {
  id: '1',
  number: 1,
  stability: 'stable',
  stateResolution: 'v1',
  eventIdFormat: 'domain',
  eventFormat: 'pairs',
  enforceKeyValidity: false,
  strictCanonicalJson: false,
  specialCaseAliasesAuth: true,
  notificationsInPowerRule: false,
  knock: false,
  restricted: false,
  knockRestricted: false,
  redactionAuthRule: true,
  integerPowerLevels: false,
  redaction: 'v1',
  redactsInContent: false,
  creatorIsSender: false,
  roomIdIsHash: false,
  privilegedCreators: false,
  createInAuthEvents: true,
};
const V2: RoomVersion = { ...V1, id: '2', number: 2, stateResolution: 'v2' };
const V3: RoomVersion = {
  ...V2,
  id: '3',
  number: 3,
  eventIdFormat: 'base64',
  eventFormat: 'ids',
  redactionAuthRule: false,
};
const V4: RoomVersion = { ...V3, id: '4', number: 4, eventIdFormat: 'base64url' };
const V5: RoomVersion = { ...V4, id: '5', number: 5, enforceKeyValidity: true };
const V6: RoomVersion = {
  ...V5,
  id: '6',
  number: 6,
  strictCanonicalJson: true,
  specialCaseAliasesAuth: false,
  notificationsInPowerRule: true,
  redaction: 'v6',
};
const V7: RoomVersion = { ...V6, id: '7', number: 7, knock: true };
const V8: RoomVersion = { ...V7, id: '8', number: 8, restricted: true, redaction: 'v8' };
const V9: RoomVersion = { ...V8, id: '9', number: 9, redaction: 'v9' };
const V10: RoomVersion = { ...V9, id: '10', number: 10, knockRestricted: true, integerPowerLevels: true };
const V11: RoomVersion = {
  ...V10,
  id: '11',
  number: 11,
  redaction: 'v11',
  redactsInContent: true,
  creatorIsSender: true,
};
const V12: RoomVersion = {
  ...V11,
  id: '12',
  number: 12,
  stateResolution: 'v2.1',
  roomIdIsHash: true,
  privilegedCreators: true,
  createInAuthEvents: false,
};

/** Every room version that the server knows, in order. */
export const ROOM_VERSIONS: ReadonlyMap<string, RoomVersion> = new Map(
  [V1, V2, V3, V4, V5, V6, V7, V8, V9, V10, V11, V12].map((version) => [version.id, Object.freeze(version)]),
);

/** Version of new rooms where neither the request nor the configuration says otherwise. */
export const DEFAULT_ROOM_VERSION = '12';

/** The version with that id, or undefined when it is unknown. */
export function getRoomVersion(id: string): RoomVersion | undefined {
  return ROOM_VERSIONS.get(id);
}

/** The version of a room by its create event's content: `room_version`, which is "1" where absent. */
export function roomVersionOfCreate(content: { room_version?: unknown }): RoomVersion | undefined {
  const id = content.room_version ?? '1';
  return typeof id === 'string' ? ROOM_VERSIONS.get(id) : undefined;
}
