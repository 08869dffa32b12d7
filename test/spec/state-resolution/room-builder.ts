import { isAuthorised } from '../../../lib/spec/auth-rules.ts';
import { authEventKeysFor } from '../../../lib/spec/auth-selection.ts';
import type { EventReference } from '../../../lib/spec/events.ts';
import type { JsonObject } from '../../../lib/spec/json.ts';
import { getRoomVersion, type RoomVersion } from '../../../lib/spec/room-versions.ts';
import {
  keyOfEvent,
  type ResolutionEvent,
  resolveState,
  type StateKey,
  type StateMap,
  stateKeyOf,
} from '../../../lib/spec/state-resolution/index.ts';

export const ALICE = '@alice:a.example';
export const BOB = '@bob:b.example';
export const CHARLIE = '@charlie:a.example';
export const DAVE = '@dave:b.example';

/** How the next event differs from the ordinary. */
export interface EventOptions {
  /** Events that it follows; without them, the last event made. */
  after?: string[];
  /** Milliseconds; without it one second after the last event made. */
  ts?: number;
  /** The state that its sender sees; without it the resolved state after `after`. */
  seen?: StateMap;
  /** Replaces the auth events chosen from the state seen. */
  authEvents?: string[];
  rejected?: boolean;
  depth?: number;
}

/** Builds rooms event by event, with ids as names: `room.topic('topic1', ALICE, 'Hello')` makes `$topic1`. */
export class RoomBuilder {
  readonly version: RoomVersion;
  readonly events = new Map<string, ResolutionEvent>();
  readonly #after = new Map<string, StateMap>();
  #last: string | undefined;
  #clock = 0;

  constructor(version: string) {
    this.version = getRoomVersion(version)!;
  }

  get(eventId: string): ResolutionEvent | undefined {
    return this.events.get(eventId);
  }

  /** Create event and the creator's join, power levels and join rules, as `$create`, `$join-alice`, `$power`, `$rules`. */
  start(levels: JsonObject = {}, joinRule = 'public'): this {
    const { creatorIsSender, id } = this.version;
    this.state('$create', 'm.room.create', '', ALICE, {
      ...(creatorIsSender ? {} : { creator: ALICE }),
      room_version: id,
    });
    this.member('$join-alice', ALICE, ALICE, 'join');
    this.powerLevels('$power', ALICE, levels);
    this.state('$rules', 'm.room.join_rules', '', ALICE, { join_rule: joinRule });
    return this;
  }

  member(id: string, sender: string, target: string, membership: string, options: EventOptions = {}): string {
    return this.state(id, 'm.room.member', target, sender, { membership }, options);
  }

  /** Power levels: Alice has 100 (in room version 12 she needs none), others as given. */
  powerLevels(id: string, sender: string, users: JsonObject, options: EventOptions = {}): string {
    const creator: JsonObject = this.version.privilegedCreators ? {} : { [ALICE]: 100 };
    return this.state(id, 'm.room.power_levels', '', sender, { users: { ...creator, ...users } }, options);
  }

  topic(id: string, sender: string, topic: string, options: EventOptions = {}): string {
    return this.state(id, 'm.room.topic', '', sender, { topic }, options);
  }

  state(
    id: string,
    type: string,
    stateKey: string,
    sender: string,
    content: JsonObject,
    options: EventOptions = {},
  ): string {
    const event = this.draft(id, type, stateKey, sender, content, options);
    this.add(event);
    return id;
  }

  /** An event as its sender would make it, not yet part of the room. */
  draft(
    id: string,
    type: string,
    stateKey: string,
    sender: string,
    content: JsonObject,
    options: EventOptions = {},
  ): ResolutionEvent {
    const after = options.after ?? (this.#last === undefined ? [] : [this.#last]);
    const seen = options.seen ?? this.stateAfterAll(after);
    const selected = authEventKeysFor({ type, state_key: stateKey, sender, content }, this.version)
      .map(([authType, authKey]) => seen.get(stateKeyOf(authType, authKey)))
      .filter((authId) => authId !== undefined);
    this.#clock = options.ts ?? this.#clock + 1000;
    return {
      eventId: id,
      room_id: this.roomIdFor(type),
      type,
      state_key: stateKey,
      sender,
      content,
      prev_events:
        this.version.eventFormat === 'ids' ? after : after.map((prev): EventReference => [prev, { sha256: '' }]),
      depth: options.depth ?? 1 + Math.max(0, ...after.map((prev) => this.events.get(prev)!.depth)),
      origin_server_ts: this.#clock,
      authEventIds: options.authEvents ?? selected,
      rejected: options.rejected ?? false,
    };
  }

  /** Takes an event into the room; a rejected one changes no state. */
  add(event: ResolutionEvent): void {
    const prevs = (event.prev_events as Array<string | [string, unknown]>).map((p) =>
      typeof p === 'string' ? p : p[0],
    );
    const before = this.stateAfterAll(prevs);
    this.events.set(event.eventId, event);
    this.#after.set(
      event.eventId,
      event.rejected === true ? before : new Map(before).set(keyOfEvent(event), event.eventId),
    );
    this.#last = event.eventId;
  }

  stateAfter(eventId: string): StateMap {
    return this.#after.get(eventId)!;
  }

  stateAfterAll(eventIds: readonly string[]): StateMap {
    const sets = eventIds.map((id) => this.stateAfter(id));
    return sets.length === 1 ? sets[0]! : resolveState(this.version, sets, this);
  }

  /** Would the room in that state allow the event? */
  allows(event: ResolutionEvent, state: StateMap): boolean {
    return isAuthorised(event, this.version, (type, key) => {
      const id = state.get(stateKeyOf(type, key)) ?? (type === 'm.room.create' ? '$create' : undefined);
      return id === undefined ? undefined : this.events.get(id);
    });
  }

  /** Resolves the states after the given events. */
  resolve(...eventIds: string[]): Map<StateKey, string> {
    return this.resolveSets(...eventIds.map((id) => this.stateAfter(id)));
  }

  resolveSets(...sets: StateMap[]): Map<StateKey, string> {
    return resolveState(this.version, sets, this);
  }

  private roomIdFor(type: string): string | undefined {
    if (!this.version.roomIdIsHash) return '!room:a.example';
    return type === 'm.room.create' ? undefined : '!create';
  }
}

/** A state with some keys replaced: `undefined` takes the key away. */
export function withChanges(
  state: StateMap,
  ...changes: Array<[type: string, stateKey: string, eventId: string | undefined]>
): StateMap {
  const changed = new Map(state);
  for (const [type, stateKey, eventId] of changes) {
    if (eventId === undefined) changed.delete(stateKeyOf(type, stateKey));
    else changed.set(stateKeyOf(type, stateKey), eventId);
  }
  return changed;
}

export const TOPIC = stateKeyOf('m.room.topic', '');
export const POWER = stateKeyOf('m.room.power_levels', '');
export const RULES = stateKeyOf('m.room.join_rules', '');
export const memberOf = (userId: string): StateKey => stateKeyOf('m.room.member', userId);
