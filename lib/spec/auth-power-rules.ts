import type { AuthCheck } from './auth-check.ts';
import { AuthError } from './auth-event.ts';
import { isUserId } from './ids.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { LEVEL_NAMES, parseLevel } from './power-levels.ts';
import type { RoomVersion } from './room-versions.ts';

const NONE: JsonObject = {};

/**
 * The rule for `m.room.power_levels`: nobody gives or takes what they do not have. Throws {@link AuthError}.
 * A level that is no level refuses the event in every version: the pages before version 10 name only those in `users`,
 * but no server can compare or use the others either.
 */
export function checkPowerLevels(check: AuthCheck): void {
  const { event, version, rules } = check;
  checkForm(event.content, version, rules.power, rules.powerUsers);
  if (version.privilegedCreators) checkNoCreators(check);
  const current = check.state('m.room.power_levels', '');
  if (current === undefined) return;
  // Places below the rule: users is followed by the creators (version 12) and by the first power levels of a room.
  const first = rules.powerUsers + (version.privilegedCreators ? 3 : 2);
  const sender = check.senderLevel;
  checkTopLevels(current.content, event.content, version, sender, `${rules.power}.${first}`);
  const maps = version.notificationsInPowerRule ? ['events', 'notifications'] : ['events'];
  const pairs = maps.map((map) => levelsOf(current.content, event.content, map, version));
  for (const levels of pairs) checkOld(levels, (level) => level > sender, `${rules.power}.${first + 1}.1`);
  for (const levels of pairs) checkNew(levels, sender, `${rules.power}.${first + 2}.1`);
  const users = levelsOf(current.content, event.content, 'users', version);
  checkOld(users, (level, userId) => userId !== event.sender && level >= sender, `${rules.power}.${first + 3}.1`);
  checkNew(users, sender, `${rules.power}.${first + 4}.1`);
}

function checkForm(content: JsonObject, version: RoomVersion, rule: string, users: number): void {
  for (const name of LEVEL_NAMES) {
    if (Object.hasOwn(content, name) && parseLevel(content[name], version) === undefined) {
      throw new AuthError(`${rule}.1`, `${name} is not a power level`);
    }
  }
  // Place 2 exists from version 10 on; before, `users` is the first and only place that speaks of form.
  const place = version.integerPowerLevels ? 2 : 1;
  for (const map of version.notificationsInPowerRule ? ['events', 'notifications'] : ['events']) {
    if (Object.hasOwn(content, map) && !isLevelMap(content[map], version)) {
      throw new AuthError(`${rule}.${place}`, `${map} is not an object of power levels`);
    }
  }
  if (!Object.hasOwn(content, 'users')) return;
  const given = content['users'];
  if (!isLevelMap(given, version) || !Object.keys(given).every(isUserId)) {
    throw new AuthError(`${rule}.${users}`, 'users is not an object of user ids and power levels');
  }
}

function isLevelMap(value: unknown, version: RoomVersion): value is JsonObject {
  if (!isJsonObject(value)) return false;
  for (const key of Object.keys(value)) if (parseLevel(value[key], version) === undefined) return false;
  return true;
}

function checkNoCreators({ event, rules, levels }: AuthCheck): void {
  const { users } = event.content;
  if (!isJsonObject(users)) return;
  for (const userId of Object.keys(users)) {
    if (levels.isPrivilegedCreator(userId)) {
      throw new AuthError(`${rules.power}.4`, `${userId} created the room and has no place in users`);
    }
  }
}

function checkTopLevels(
  before: JsonObject,
  after: JsonObject,
  version: RoomVersion,
  sender: number,
  rule: string,
): void {
  for (const name of LEVEL_NAMES) {
    const old = parseLevel(before[name], version);
    const fresh = parseLevel(after[name], version);
    if (old === fresh) continue;
    if (old !== undefined && old > sender)
      throw new AuthError(`${rule}.1`, `${name} is above the sender's power level`);
    if (fresh !== undefined && fresh > sender) {
      throw new AuthError(`${rule}.2`, `${name} would be above the sender's power level`);
    }
  }
}

/** One map, `events` for instance, before and after the event; what is no level in the room version counts as absent. */
interface LevelMaps {
  before: JsonObject;
  after: JsonObject;
  version: RoomVersion;
}

function levelsOf(before: JsonObject, after: JsonObject, map: string, version: RoomVersion): LevelMaps {
  const mapOf = (content: JsonObject) => (isJsonObject(content[map]) ? content[map] : NONE);
  return { before: mapOf(before), after: mapOf(after), version };
}

/** The level of a key where it differs from that of the other map; undefined where it does not, or is none. */
function changed(own: JsonObject, other: JsonObject, key: string, version: RoomVersion): number | undefined {
  const there = Object.hasOwn(other, key) ? other[key] : undefined;
  // Nearly all of them: not worth looking at more closely.
  if (own[key] === there) return undefined;
  const level = parseLevel(own[key], version);
  return level === parseLevel(there, version) ? undefined : level;
}

/** Entries that are changed or removed: their old level must not be too high. */
function checkOld(
  { before, after, version }: LevelMaps,
  tooHigh: (level: number, key: string) => boolean,
  rule: string,
): void {
  for (const key of Object.keys(before)) {
    const level = changed(before, after, key, version);
    if (level !== undefined && tooHigh(level, key)) {
      throw new AuthError(rule, `the sender's power level does not allow to change that of ${key}`);
    }
  }
}

/** Entries that are added or changed: their new level must not be above the sender's. */
function checkNew({ before, after, version }: LevelMaps, sender: number, rule: string): void {
  for (const key of Object.keys(after)) {
    const level = changed(after, before, key, version);
    if (level !== undefined && level > sender) {
      throw new AuthError(rule, `${key} would have a level above the sender's`);
    }
  }
}
