import { authEventKeysFor } from '../../lib/spec/auth-selection.ts';
import type { EventReference } from '../../lib/spec/events.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import { getRoomVersion } from '../../lib/spec/room-versions.ts';
import {
  AuthGraph,
  type ResolutionEvent,
  resolveState,
  type StateMap,
  stateKeyOf,
} from '../../lib/spec/state-resolution/index.ts';

/*
 * Measures state resolution of large forks: `node test/bench/state-resolution.bench.ts [events]`. Both sides of each
 * fork are grown by a linear history without looking at the auth rules, which the resolution then does.
 */

const EVENTS = Number(process.argv[2] ?? 10_000);
const ADMIN = '@admin:a.example';

class History {
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

const SCENARIOS: Record<string, (version: string, half: number) => [History, History]> = {
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

console.log(`state resolution, ${EVENTS} events in dispute, best of 5, milliseconds`);
for (const [name, make] of Object.entries(SCENARIOS)) {
  for (const version of ['1', '11', '12']) {
    const [one, other] = make(version, EVENTS / 2);
    const sets: StateMap[] = [one.state, other.state];
    const whole = best(() => resolveState(getRoomVersion(version)!, sets, one.events));
    const idSets = sets.map((set) => new Set(set.values()));
    const difference = best(() => new AuthGraph(one.events).authDifference(idSets));
    const note = version === '1' ? '' : `, of which auth difference ${difference.toFixed(1)}`;
    console.log(`  v${version.padEnd(2)} ${name}: ${whole.toFixed(1)}${note}`);
  }
}

function best(work: () => unknown): number {
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
