import type { JsonObject } from '../../spec/json.ts';
import type { RoomVersion } from '../../spec/room-versions.ts';

/** What the first power levels of a room depend on. */
export interface InitialPowerLevels {
  version: RoomVersion;
  creator: string;
  /** Level that is needed to invite. */
  invite: number;
  /** Users with the creator's level. */
  peers: string[];
}

/**
 * Content of a new room's first `m.room.power_levels` (client-server API, room creation). Since room version 12 creators
 * are not listed, and the level for `m.room.tombstone` is above that of every listed user.
 */
export function initialPowerLevels({ version, creator, invite, peers }: InitialPowerLevels): JsonObject {
  const users: JsonObject = {};
  if (!version.privilegedCreators) for (const userId of [creator, ...peers]) users[userId] = 100;
  return {
    users,
    users_default: 0,
    events: {
      'm.room.name': 50,
      'm.room.power_levels': 100,
      'm.room.history_visibility': 100,
      'm.room.canonical_alias': 50,
      'm.room.avatar': 50,
      'm.room.tombstone': version.privilegedCreators ? 150 : 100,
      'm.room.server_acl': 100,
      'm.room.encryption': 100,
    },
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    invite,
  };
}
