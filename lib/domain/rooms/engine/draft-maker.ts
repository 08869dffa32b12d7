import type { AuthEvent } from '../../../spec/auth-rules.ts';
import { badJson } from '../../../spec/errors.ts';
import type { EventRow } from '../../../storage/events/event-row.ts';
import { getEventsByNid } from '../../../storage/events/read-events.ts';
import { relationOf } from '../relations.ts';
import type { RoomActor } from '../room-actor.ts';
import { keysOf, type Lookup, refusedByAuthEvents, refusedByState } from './check-event.ts';
import type { Draft, Need, PreparedGroup, PreparedResolution } from './draft.ts';
import { OWN_GROUP } from './draft.ts';
import { type Engine, nextEventNid } from './engine.ts';
import { GroupMaker } from './group-maker.ts';
import type { Incoming } from './incoming.ts';
import { type CitedEvent, citeEvents, findBehind, groupAfter, type KnownEvent } from './known-events.ts';
import { welcome } from './policy.ts';
import type { Received, Surroundings } from './receiver.ts';
import { effectOf, type HeldRedaction, releaseHeld } from './redactions.ts';
import type { UnstoredEvent } from './resolver.ts';
import { StateReader } from './state-reader.ts';

/** Events that an incoming one names are not there. */
export class MissingError extends Error {
  readonly missingPrev: string[];
  readonly missingAuth: string[];

  constructor(missingPrev: string[], missingAuth: string[]) {
    super('events that the event names are not known');
    this.missingPrev = missingPrev;
    this.missingAuth = missingAuth;
  }
}

/** Checks incoming events against their auth events and the state before them, beside the room's head. */
export class DraftMaker {
  readonly #engine: Engine;
  readonly #groups: GroupMaker;
  readonly #states: StateReader;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#groups = new GroupMaker(engine);
    this.#states = new StateReader(engine);
  }

  /**
   * @throws MissingError when previous or auth events are not there.
   * @throws MatrixError 400 M_BAD_JSON when the event cannot be one of the room.
   */
  async make(actor: RoomActor, received: Received, around: Surroundings): Promise<Draft> {
    const { incoming } = received;
    const { db } = this.#engine;
    // The room has one; another would be the start of another room.
    if (incoming.pdu.type === 'm.room.create') throw badJson('the room has another create event');
    const { previous, missing } = this.#previous(received, around);
    const cited = await this.cite(actor, incoming, around);
    const outlier = around.known.get(incoming.eventId);
    if (outlier && incoming.pdu.state_key !== undefined) {
      const [own] = await citeEvents(db, actor, [outlier]);
      if (own) outlier.cited = own;
    }
    const before = await this.#before(actor, received, previous, around);
    const keys = keysOf(incoming, actor.version);
    const state = await this.#states.read(actor, before.ref, keys);
    const lookup: Lookup = (type, stateKey) => state.get(`${type}\0${stateKey}`)?.event;
    const create = await this.createEvent(actor);
    const rejectedBy =
      refusedByAuthEvents(incoming, actor.version, cited, create, received.signedBy) ??
      refusedByState(incoming, actor.version, lookup);
    const held = rejectedBy ? [] : await this.#held(actor, incoming, around);
    const related = relationOf(incoming.pdu.content);
    const relatedTo = related && related.relType !== 'm.thread' ? around.known.get(related.relatesTo) : undefined;
    const welcomed = rejectedBy ? incoming : await welcome(this.#engine, actor, incoming);
    return {
      incoming: welcomed ?? incoming,
      eventNid: outlier?.eventNid ?? (await nextEventNid(this.#engine)),
      outlier,
      previous,
      behind: await findBehind(db, previous),
      missing,
      wanted: around.wanted.has(incoming.eventId),
      followed: around.wanted.get(incoming.eventId) ?? false,
      cited,
      before,
      historic: received.historic ?? false,
      rejectedBy,
      unwelcome: welcomed === undefined,
      redaction: this.#redaction(actor, incoming, around, lookup),
      held,
      relatedThread: relatedTo?.roomNid === actor.head.roomNid ? relatedTo.threadRoot : null,
      resolution: undefined,
      across: undefined,
      txn: received.txn,
    };
  }

  /** The auth events of an event. @throws MissingError */
  async cite(actor: RoomActor, incoming: Incoming, around: Surroundings): Promise<CitedEvent[]> {
    const events = incoming.authIds.map((id) => around.known.get(id));
    const missing = incoming.authIds.filter((_, i) => events[i] === undefined);
    if (missing.length > 0) throw new MissingError([], missing);
    const known = events as KnownEvent[];
    const cited = await citeEvents(this.#engine.db, actor, known);
    // The rules compare rooms by name, and a create event of version 12 has none.
    return cited.map((one) => ({ ...one, event: { ...one.event, room_id: this.#roomOf(actor, one, known) } }));
  }

  /** The room's create event. */
  async createEvent(actor: RoomActor): Promise<AuthEvent | undefined> {
    await this.#engine.actors.loadKeys(actor, [['m.room.create', '']]);
    return actor.state.get('m.room.create')?.event;
  }

  /** A draft is stored, with the group that it brought. */
  isStored(actor: RoomActor, draft: Draft): void {
    this.#groups.isStored(actor, draft.before);
  }

  /** Works out what the extremities resolve to once an event is among them. */
  async resolve(actor: RoomActor, draft: Draft, need: Need & { kind: 'resolution' }): Promise<PreparedResolution> {
    const { committer, resolver, actors } = this.#engine;
    // The groups that the head is made of may be on their way to the database.
    await committer.settled();
    const result = await resolver.resolve({
      roomVersion: actor.head.roomVersion,
      groups: need.groups,
      from: need.from,
      unstored: draft.outlier ? [] : [unstoredOf(actor, draft)],
    });
    if (need.across) return { key: need.key, groups: need.groups, result, chain: undefined };
    const base = need.groups[result.base]?.group as number;
    const isStored = base !== OWN_GROUP && !(base === draft.before.ref.group && draft.before.chain);
    const chain = isStored ? await actors.chainOf(base) : undefined;
    return { key: need.key, groups: need.groups, result, chain };
  }

  #roomOf(actor: RoomActor, cited: CitedEvent, known: KnownEvent[]): string | undefined {
    const event = known.find((k) => k.eventNid === cited.eventNid);
    return event?.roomNid === actor.head.roomNid ? actor.head.roomId : cited.event.room_id;
  }

  #previous(received: Received, around: Surroundings): { previous: KnownEvent[]; missing: string[] } {
    const { prevIds } = received.incoming;
    const isThere = (event: KnownEvent | undefined) => event !== undefined && groupAfter(event) !== undefined;
    const missing = prevIds.filter((id) => !isThere(around.known.get(id)));
    if (missing.length > 0 && !received.stateBefore) throw new MissingError(missing, []);
    const previous = prevIds.flatMap((id) => {
      const event = around.known.get(id);
      return event && isThere(event) ? [event] : [];
    });
    return { previous, missing };
  }

  async #before(
    actor: RoomActor,
    received: Received,
    previous: KnownEvent[],
    around: Surroundings,
  ): Promise<PreparedGroup> {
    if (received.stateBefore) {
      const events = received.stateBefore.map((id) => around.known.get(id));
      const missing = received.stateBefore.filter((_, i) => events[i] === undefined);
      if (missing.length > 0) throw new MissingError([], missing);
      return this.#groups.ofState(actor, events as KnownEvent[]);
    }
    return this.#groups.ofPrevious(actor, previous);
  }

  #redaction(actor: RoomActor, incoming: Incoming, around: Surroundings, lookup: Lookup): Draft['redaction'] {
    const { redacts, pdu } = incoming;
    if (redacts === undefined) return undefined;
    return effectOf(redacts, pdu.sender, actor.version, actor.head.roomNid, around.known.get(redacts), lookup);
  }

  async #held(actor: RoomActor, incoming: Incoming, around: Surroundings): Promise<HeldRedaction[]> {
    const waiting = around.held.get(incoming.eventId) ?? [];
    if (waiting.length === 0) return [];
    const hidden = waiting.filter((row) => row.withheld).map((row) => row.byNid);
    const rows = new Map<number, EventRow>(
      (await getEventsByNid(this.#engine.db, hidden)).map((row) => [row.eventNid, row]),
    );
    const { sender, type } = incoming.pdu;
    return releaseHeld(waiting, { sender, type, roomNid: actor.head.roomNid }, rows);
  }
}

function unstoredOf(actor: RoomActor, draft: Draft): UnstoredEvent {
  return {
    eventNid: draft.eventNid,
    eventId: draft.incoming.eventId,
    roomNid: actor.head.roomNid,
    authNids: draft.cited.map((c) => c.eventNid),
    json: draft.incoming.json,
  };
}
