import { isJsonObject, type JsonObject } from './json.ts';
import type { RoomVersion } from './room-versions.ts';

/** The levels at the top of `m.room.power_levels`. */
export const LEVEL_NAMES = [
  'users_default',
  'events_default',
  'state_default',
  'ban',
  'redact',
  'kick',
  'invite',
] as const;
export type LevelName = (typeof LEVEL_NAMES)[number];

const DEFAULTS: Record<LevelName, number> = {
  users_default: 0,
  events_default: 0,
  state_default: 50,
  ban: 50,
  redact: 50,
  kick: 50,
  invite: 0,
};
const DEFAULT_NOTIFICATION_LEVEL = 50;

/** What {@link PowerLevels} reads of the create event. */
export interface CreateLike {
  sender: string;
  content: JsonObject;
}

const DIGITS = /^\s*[+-]?[0-9]+\s*$/;

/**
 * A power level as a number, or undefined when the value is none in that room version. Versions 1 to 9 take strings of
 * digits with white space and sign; versions 1 to 5 also floats, which are cut at the point.
 */
export function parseLevel(value: unknown, version: RoomVersion): number | undefined {
  if (typeof value === 'number') {
    if (version.strictCanonicalJson) return Number.isSafeInteger(value) ? value : undefined;
    return Number.isFinite(value) ? Math.trunc(value) : undefined;
  }
  if (typeof value === 'string' && !version.integerPowerLevels && DIGITS.test(value)) {
    const level = Number(value);
    return Number.isFinite(level) ? level : undefined;
  }
  return undefined;
}

/** The room's creator: `content.creator` before room version 11, the sender of the create event since. */
export function creatorOf(create: CreateLike, version: RoomVersion): string | undefined {
  if (version.creatorIsSender) return create.sender;
  const { creator } = create.content;
  return typeof creator === 'string' ? creator : undefined;
}

/** Creators who stand above all power levels (room version 12): the sender and `additional_creators`. Else none. */
export function privilegedCreatorsOf(create: CreateLike | undefined, version: RoomVersion): string[] {
  if (create === undefined || !version.privilegedCreators) return [];
  const more = create.content['additional_creators'];
  return [create.sender, ...(Array.isArray(more) ? more.filter((id) => typeof id === 'string') : [])];
}

/**
 * The power levels of a room by its `m.room.power_levels` and `m.room.create` events, either of which may be missing
 * (client-server API, "m.room.power_levels"). Cheap to make: nothing is parsed before it is asked for.
 */
export class PowerLevels {
  readonly #content: JsonObject | undefined;
  readonly #create: CreateLike | undefined;
  readonly #version: RoomVersion;

  constructor(powerLevels: { content: JsonObject } | undefined, create: CreateLike | undefined, version: RoomVersion) {
    this.#content = powerLevels?.content;
    this.#create = create;
    this.#version = version;
  }

  /** True for those whom no level binds: sender and additional creators of a version 12 room. */
  isPrivilegedCreator(userId: string): boolean {
    if (!this.#version.privilegedCreators || this.#create === undefined) return false;
    if (this.#create.sender === userId) return true;
    const more = this.#create.content['additional_creators'];
    return Array.isArray(more) && more.includes(userId);
  }

  /** Level of a user. `Infinity` for the creators of a version 12 room: keep it out of JSON. */
  userLevel(userId: string): number {
    if (this.isPrivilegedCreator(userId)) return Number.POSITIVE_INFINITY;
    if (this.#content === undefined) {
      if (this.#create === undefined || this.#version.privilegedCreators) return 0;
      return creatorOf(this.#create, this.#version) === userId ? 100 : 0;
    }
    return this.#entry('users', userId) ?? this.level('users_default');
  }

  /** Level needed to send an event of that type (server-server API, "required power level"). */
  eventLevel(type: string, isState: boolean): number {
    return this.#entry('events', type) ?? this.level(isState ? 'state_default' : 'events_default');
  }

  /** One of the levels at the top of the event, with the specification's default. */
  level(name: LevelName): number {
    return parseLevel(this.#content?.[name], this.#version) ?? DEFAULTS[name];
  }

  /** Level needed for a notification of that kind, such as `room`. */
  notificationLevel(key: string): number {
    return this.#entry('notifications', key) ?? DEFAULT_NOTIFICATION_LEVEL;
  }

  #entry(map: 'users' | 'events' | 'notifications', key: string): number | undefined {
    const levels = this.#content?.[map];
    return isJsonObject(levels) && Object.hasOwn(levels, key) ? parseLevel(levels[key], this.#version) : undefined;
  }
}
