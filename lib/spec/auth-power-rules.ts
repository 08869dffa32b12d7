import type { AuthCheck } from './auth-check.ts';
import { AuthError } from './auth-event.ts';
import { isUserId } from './ids.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { LEVEL_NAMES, parseLevel } from './power-levels.ts';
import type { RoomVersion } from './room-versions.ts';

/** Levels of one map, `events` for instance, that are levels in that room version. */
type Levels = ReadonlyMap<string, number>;

const NONE: Levels = new Map();

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
  const pairs = maps.map((map) => [levelsIn(current.content, map, version), levelsIn(event.content, map, version)]);
  for (const [before, after] of pairs) {
    checkOld(before!, after!, (level) => level > sender, `${rules.power}.${first + 1}.1`);
  }
  for (const [before, after] of pairs) checkNew(before!, after!, sender, `${rules.power}.${first + 2}.1`);
  const before = levelsIn(current.content, 'users', version);
  const after = levelsIn(event.content, 'users', version);
  checkOld(
    before,
    after,
    (level, userId) => userId !== event.sender && level >= sender,
    `${rules.power}.${first + 3}.1`,
  );
  checkNew(before, after, sender, `${rules.power}.${first + 4}.1`);
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
  if (!isLevelMap(given, version) || !Object.keys(given).every((userId) => isUserId(userId))) {
    throw new AuthError(`${rule}.${users}`, 'users is not an object of user ids and power levels');
  }
}

function isLevelMap(value: unknown, version: RoomVersion): value is JsonObject {
  return isJsonObject(value) && Object.values(value).every((level) => parseLevel(level, version) !== undefined);
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

function levelsIn(content: JsonObject, map: string, version: RoomVersion): Levels {
  const value = content[map];
  if (!isJsonObject(value)) return NONE;
  const levels = new Map<string, number>();
  for (const key of Object.keys(value)) {
    const level = parseLevel(value[key], version);
    if (level !== undefined) levels.set(key, level);
  }
  return levels;
}

/** Entries that are changed or removed: their old level must not be too high. */
function checkOld(before: Levels, after: Levels, tooHigh: (level: number, key: string) => boolean, rule: string): void {
  for (const [key, level] of before) {
    if (after.get(key) !== level && tooHigh(level, key)) {
      throw new AuthError(rule, `the sender's power level does not allow to change that of ${key}`);
    }
  }
}

/** Entries that are added or changed: their new level must not be above the sender's. */
function checkNew(before: Levels, after: Levels, sender: number, rule: string): void {
  for (const [key, level] of after) {
    if (before.get(key) !== level && level > sender) {
      throw new AuthError(rule, `${key} would have a level above the sender's`);
    }
  }
}
