import { authEventKeysFor } from '../../../lib/spec/auth-selection.ts';
import type { EventReference } from '../../../lib/spec/events.ts';
import type { JsonObject } from '../../../lib/spec/json.ts';
import { getRoomVersion } from '../../../lib/spec/room-versions.ts';
import { type ResolutionEvent, stateKeyOf } from '../../../lib/spec/state-resolution/index.ts';

const ADMIN = '@admin:a.example';

/** A linear history of state events, grown without looking at the auth rules. */
export class History {
  readonly events: Map<string, ResolutionEvent>;
  readonly state: Map<string, string>;
  readonly #version: string;
  #clock: number;
  #last: string | undefined;

  constructor(version: string, from?: History) {
    this.#version = version;
    this.events = from?.events ?? new Map();
    this.state = new Map(from?.state);
    this.#clock = from?.events.size ?? 0;
    this.#last = from === undefined ? undefined : [...from.events.keys()].at(-1);
  }

  add(type: string, stateKey: string, sender: string, content: JsonObject): void {
    const version = getRoomVersion(this.#version)!;
    const eventId = type === 'm.room.create' ? '$create' : `$${this.events.size}`;
    const authEventIds = authEventKeysFor({ type, state_key: stateKey, sender, content }, version)
      .map(([authType, key]) => this.state.get(stateKeyOf(authType, key)))
      .filter((id) => id !== undefined);
    const previous = this.#last === undefined ? [] : [this.#last];
    this.events.set(eventId, {
      eventId,
      room_id: version.roomIdIsHash ? (type === 'm.room.create' ? undefined : '!create') : '!room:a.example',
      type,
      state_key: stateKey,
      sender,
      content,
      prev_events:
        version.eventFormat === 'ids' ? previous : previous.map((id): EventReference => [id, { sha256: '' }]),
      depth: this.events.size,
      origin_server_ts: this.#clock++,
      authEventIds,
    });
    this.state.set(stateKeyOf(type, stateKey), eventId);
    this.#last = eventId;
  }

  start(): this {
    this.add('m.room.create', '', ADMIN, { creator: ADMIN, room_version: this.#version });
    this.member(ADMIN, ADMIN, 'join');
    this.levels({});
    this.add('m.room.join_rules', '', ADMIN, { join_rule: 'public' });
    return this;
  }

  member(sender: string, target: string, membership: string): void {
    this.add('m.room.member', target, sender, { membership });
  }

  levels(users: JsonObject, sender = ADMIN): void {
    const own: JsonObject = this.#version === '12' ? {} : { [ADMIN]: 100 };
    this.add('m.room.power_levels', '', sender, { users: { ...own, ...users } });
  }
}

/** Two sides of a fork with so many events each, by what happens on them. */
export const FORKS: Record<string, (version: string, half: number) => [History, History]> = {
  'joins on both sides': (version, half) => {
    const base = new History(version).start();
    return [0, 1].map((side) => {
      const fork = new History(version, base);
      for (let i = 0; i < half; i++) fork.member(`@u${side}-${i}:b.example`, `@u${side}-${i}:b.example`, 'join');
      return fork;
    }) as [History, History];
  },
  'same members joining and leaving on both sides': (version, half) => {
    const base = new History(version).start();
    return [0, 1].map(() => {
      const fork = new History(version, base);
      for (let i = 0; i < half; i++) {
        const user = `@u${i % 500}:b.example`;
        fork.member(user, user, (i / 500) % 2 < 1 ? 'join' : 'leave');
      }
      return fork;
    }) as [History, History];
  },
  'a power levels event each time, on both sides': (version, half) => {
    const base = new History(version).start();
    return [0, 1].map(() => {
      const fork = new History(version, base);
      for (let i = 0; i < half; i++) fork.levels({ [`@u${i % 50}:b.example`]: i % 90 });
      return fork;
    }) as [History, History];
  },
  'joins against bans of the same': (version, half) => {
    const base = new History(version).start();
    const joins = new History(version, base);
    for (let i = 0; i < half; i++) joins.member(`@u${i}:b.example`, `@u${i}:b.example`, 'join');
    const bans = new History(version, base);
    for (let i = 0; i < half; i++) bans.member(ADMIN, `@u${i}:b.example`, 'ban');
    return [joins, bans];
  },
  'two topics in a room of as many members': (version, half) => {
    const base = new History(version).start();
    for (let i = 0; i < half * 2; i++) base.member(`@u${i}:b.example`, `@u${i}:b.example`, 'join');
    return [0, 1].map((side) => {
      const fork = new History(version, base);
      fork.add('m.room.topic', '', ADMIN, { topic: `${side}` });
      return fork;
    }) as [History, History];
  },
};
