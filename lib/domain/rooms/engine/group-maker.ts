import { hash } from 'node:crypto';
import { EVENT_REJECTED } from '../../../storage/events/event-row.ts';
import { getEntriesOfWholeGroup } from '../../../storage/state/groups.ts';
import type { RoomActor } from '../room-actor.ts';
import { type StateChange, snapshotGroup } from '../state-chain.ts';
import type { PreparedGroup } from './draft.ts';
import { type Engine, nextStateGroup } from './engine.ts';
import { storedGroup } from './group-diff.ts';
import { groupAfter, type KnownEvent } from './known-events.ts';

/** So many sets of previous events are remembered for a room. */
const MOST_REMEMBERED = 50;
/** A state that differs from the current one by more than this is stored whole. */
const MOST_CHANGES = 2_000;

/** Finds or makes the state group before an event. */
export class GroupMaker {
  readonly #engine: Engine;
  /** By room: what sets of groups have resolved to, and states that others have told of. */
  readonly #resolved = new WeakMap<RoomActor, Map<string, number>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The state before an event by what it follows: resolved, where the states after those differ. */
  async ofPrevious(actor: RoomActor, previous: KnownEvent[]): Promise<PreparedGroup> {
    const groups = [...new Set(previous.map((event) => groupAfter(event) as number))].sort((a, b) => a - b);
    if (groups.length <= 1) return stored(groups[0] ?? 0);
    const key = groups.join();
    const { head } = actor;
    const current = [...new Set(head.extremities.map((x) => x.stateGroup))].sort((a, b) => a - b).join();
    if (key === current) return stored(head.stateGroup);
    const known = this.#resolved.get(actor)?.get(key);
    if (known !== undefined) return stored(known);

    const { committer, resolver, actors } = this.#engine;
    await committer.settled();
    const refs = groups.map(storedGroup);
    const job = { roomVersion: head.roomVersion, groups: refs, from: undefined, unstored: [] };
    const { base, delta } = await resolver.resolve(job);
    const group = groups[base] as number;
    if (delta.length === 0) {
      this.#remember(actor, key, group);
      return stored(group);
    }
    const chain = await actors.chainOf(group);
    const id = await nextStateGroup(this.#engine);
    const write = chain.advance(head.roomNid, id, delta);
    return { ref: { group: id, base: group, overlay: delta }, write, chain, madeOf: key };
  }

  /** A group that was made is stored now. */
  isStored(actor: RoomActor, made: PreparedGroup): void {
    if (made.madeOf !== undefined) this.#remember(actor, made.madeOf, made.ref.group);
  }

  #remember(actor: RoomActor, key: string, group: number): void {
    const remembered = this.#resolved.get(actor) ?? new Map<string, number>();
    this.#resolved.set(actor, remembered);
    remembered.set(key, group);
    if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value as string);
  }

  /** A state that another server has told of. */
  async ofState(actor: RoomActor, events: KnownEvent[]): Promise<PreparedGroup> {
    const { db, committer, actors } = this.#engine;
    await committer.settled();
    const { roomNid, stateGroup } = actor.head;
    const wanted = new Map<string, StateChange>();
    for (const event of events) {
      if (event.stateKey === null || event.roomNid !== roomNid || (event.flags & EVENT_REJECTED) !== 0) continue;
      wanted.set(`${event.type}\0${event.stateKey}`, {
        type: event.type,
        stateKey: event.stateKey,
        eventNid: event.eventNid,
      });
    }
    const madeOf = hash(
      'sha256',
      [...wanted.values()]
        .map((change) => change.eventNid)
        .sort()
        .join(),
      'base64',
    );
    const known = this.#resolved.get(actor)?.get(madeOf);
    if (known !== undefined) return stored(known);
    const delta: StateChange[] = [];
    const rest = new Map(wanted);
    for (const entry of await getEntriesOfWholeGroup(db, stateGroup)) {
      const key = `${entry.type}\0${entry.stateKey}`;
      const change = rest.get(key);
      rest.delete(key);
      if (change?.eventNid !== entry.eventNid) delta.push(change ?? { ...entry, eventNid: 0 });
    }
    delta.push(...rest.values());
    if (delta.length === 0) return stored(stateGroup);
    const id = await nextStateGroup(this.#engine);
    if (delta.length > MOST_CHANGES && delta.length > wanted.size) {
      const { write, chain } = snapshotGroup(roomNid, id, [...wanted.values()]);
      return { ref: { group: id, base: null, overlay: [...wanted.values()] }, write, chain, madeOf };
    }
    const chain = await actors.chainOf(stateGroup);
    const write = chain.advance(roomNid, id, delta);
    return { ref: { group: id, base: stateGroup, overlay: delta }, write, chain, madeOf };
  }
}

function stored(group: number): PreparedGroup {
  return { ref: storedGroup(group), write: undefined, chain: undefined };
}
