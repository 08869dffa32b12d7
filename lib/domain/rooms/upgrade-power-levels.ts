import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { LEVEL_NAMES, parseLevel } from '../../spec/power-levels.ts';
import type { RoomVersion } from '../../spec/room-versions.ts';

const MAPS = ['users', 'events', 'notifications'];

/** What {@link levelsForNewRoom} works from. */
export interface LevelsTransfer {
  /** Content of the old room's power levels; undefined where it has none. */
  old: JsonObject | undefined;
  from: RoomVersion;
  to: RoomVersion;
  /** Who upgrades, and so creates the new room. */
  upgrader: string;
  /** Creators of the old room whom no level bound. */
  oldCreators: string[];
  /** Creators of the new room, the upgrader first, whom no level binds. */
  newCreators: string[];
}

/**
 * Power levels of a room that takes another's place: as they were, in the form that the new version wants. Since room
 * version 12 creators are not listed and tombstones are above everybody who is; before it those who were creators get the
 * level that they need.
 */
export function levelsForNewRoom(transfer: LevelsTransfer): JsonObject {
  const { old, from, to, oldCreators, newCreators } = transfer;
  const content = inForm(old ?? {}, from, to);
  const users: JsonObject = { ...(content['users'] as JsonObject | undefined) };
  if (!old && !from.privilegedCreators && !to.privilegedCreators) users[transfer.upgrader] = 100;
  if (to.privilegedCreators) {
    for (const userId of newCreators) delete users[userId];
    const events: JsonObject = { ...(content['events'] as JsonObject | undefined) };
    const stateDefault = levelOf(content['state_default'], to, 50);
    events['m.room.tombstone'] = Math.max(levelOf(events['m.room.tombstone'], to, 0), 150, stateDefault + 1);
    content['events'] = events;
  } else if (from.privilegedCreators) {
    const needed = neededLevel(content, to);
    for (const userId of oldCreators) users[userId] = needed;
  }
  content['users'] = users;
  return content;
}

/**
 * The level that making the new room takes: that of every kind of state. Undefined where the upgrader has it, or needs no
 * level.
 */
export function missingLevel(levels: JsonObject, to: RoomVersion, upgrader: string): number | undefined {
  if (to.privilegedCreators) return undefined;
  const needed = neededLevel(levels, to);
  const users = levels['users'];
  const own = isJsonObject(users) && Object.hasOwn(users, upgrader) ? users[upgrader] : levels['users_default'];
  return levelOf(own, to, 0) < needed ? needed : undefined;
}

/** The old room's levels with sending and inviting above the reach of everybody by default; undefined if they are so already. */
export function restrictedLevels(old: JsonObject, version: RoomVersion): JsonObject | undefined {
  const least = Math.max(levelOf(old['users_default'], version, 0) + 1, 50);
  const content = { ...old };
  let changed = false;
  for (const name of ['events_default', 'invite']) {
    if (levelOf(old[name], version, 0) >= least) continue;
    content[name] = least;
    changed = true;
  }
  return changed ? content : undefined;
}

function neededLevel(content: JsonObject, version: RoomVersion): number {
  const events = isJsonObject(content['events']) ? Object.values(content['events']) : [];
  const levels = [...events, content['ban']].map((level) => levelOf(level, version, 50));
  return Math.max(levelOf(content['state_default'], version, 50), ...levels);
}

function levelOf(value: unknown, version: RoomVersion, otherwise: number): number {
  return parseLevel(value, version) ?? otherwise;
}

/** Levels that older versions allowed as strings and newer ones don't become numbers; what is no level is left out. */
function inForm(content: JsonObject, from: RoomVersion, to: RoomVersion): JsonObject {
  const result: JsonObject = { ...content };
  const convert = (target: JsonObject, key: string) => {
    const value = target[key];
    if (value === undefined || parseLevel(value, to) !== undefined) return;
    const level = parseLevel(value, from);
    if (level === undefined || !Number.isSafeInteger(level)) delete target[key];
    else target[key] = level;
  };
  for (const name of LEVEL_NAMES) convert(result, name);
  for (const map of MAPS) {
    const levels = result[map];
    if (!isJsonObject(levels)) {
      delete result[map];
      continue;
    }
    const copy: JsonObject = { ...levels };
    for (const key of Object.keys(copy)) convert(copy, key);
    result[map] = copy;
  }
  return result;
}
