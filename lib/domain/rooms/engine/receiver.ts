import { badJson, MatrixError } from '../../../spec/errors.ts';
import { EVENT_OUTLIER, EVENT_REJECTED, EVENT_SOFT_FAILED } from '../../../storage/events/event-row.ts';
import { getHeldRedactions, getMissingAmong, type HeldRedactionRow } from '../../../storage/events/known-events.ts';
import type { ReceiveCommand, ReceivedPdu, ReceiveResult, TransactionKey } from '../../../streams/writers.ts';
import { relationOf } from '../relations.ts';
import type { RoomActor } from '../room-actor.ts';
import { applyEvent } from './apply-event.ts';
import { newRow } from './describe-event.ts';
import type { Draft, Need } from './draft.ts';
import { DraftMaker, MissingError } from './draft-maker.ts';
import { type Engine, nextEventNid, reserveIds } from './engine.ts';
import { type Incoming, takeIn } from './incoming.ts';
import { findKnown, type KnownEvent } from './known-events.ts';
import { inOrder } from './order.ts';
import { planOutlier } from './outliers.ts';
import { noExtras, type PlannedEvent } from './planned-event.ts';

/** An event as it came, and as it was taken in. */
export interface Received extends Omit<ReceivedPdu, 'pdu'> {
  incoming: Incoming;
  /** Of an event of this server. */
  txn?: TransactionKey | undefined;
}

/** What was looked up for several events at once. */
export interface Surroundings {
  known: Map<string, KnownEvent>;
  held: Map<string, HeldRedactionRow[]>;
  /** Events that stored ones wait for as their parent, and whether any of those is shown. */
  wanted: Map<string, boolean>;
}

/** What became of an event: known at once, or when it is stored. */
type Taken = { done: ReceiveResult; stored?: undefined } | { stored: Promise<ReceiveResult>; done?: undefined };

/** The actor was given up meanwhile: the command starts again with another. */
class GivenUpError extends Error {}

const MOST_TRIES = 5;
/** So often the head may move away from under an event before local events have to wait for it. */
const MOST_MOVES = 3;

/** Takes events of other servers in: one room's one after the other, without holding its local events up. */
export class Receiver {
  readonly #engine: Engine;
  readonly #drafts: DraftMaker;
  readonly #serverName: string;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#drafts = new DraftMaker(engine);
    this.#serverName = engine.signer.serverName;
  }

  /** See {@link EventsWriter.receive}. */
  async receive(command: ReceiveCommand): Promise<ReceiveResult[]> {
    return this.#inRoom(command.roomId, async (actor) => {
      const taken = command.pdus.map((pdu) => takeOrDrop(pdu, actor));
      const good = taken.flatMap((one) => ('incoming' in one ? [one] : []));
      const done = await this.takeAll(actor, good);
      return taken.map((one) => ('incoming' in one ? (done.get(one.incoming.eventId) as ReceiveResult) : one));
    });
  }

  /** Runs something with a room's actor, after all that was given before, and again when the actor is given up. */
  async #inRoom<T>(roomId: string, work: (actor: RoomActor) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const actor = await this.#engine.actors.get(roomId);
      const turn = actor.inbox.then(() => work(actor));
      actor.inbox = turn.catch(() => {});
      try {
        return await turn;
      } catch (error) {
        if (!(error instanceof GivenUpError)) throw error;
        if (attempt === MOST_TRIES)
          throw new MatrixError(503, 'M_UNKNOWN', 'The room is being loaded again; try once more.');
      }
    }
  }

  /** An event of this server that did not come straight from the head of the room. */
  async takeOwn(actor: RoomActor, received: Received): Promise<ReceiveResult> {
    const turn = actor.inbox.then(() => this.takeAll(actor, [received]));
    actor.inbox = turn.catch(() => {});
    try {
      return (await turn).get(received.incoming.eventId) as ReceiveResult;
    } catch (error) {
      if (!(error instanceof GivenUpError)) throw error;
      throw new MatrixError(503, 'M_UNKNOWN', 'The room is being loaded again; try once more.');
    }
  }

  /** Takes events in and waits until they are stored. By event id. Only in the room's turn. */
  async takeAll(actor: RoomActor, received: Received[]): Promise<Map<string, ReceiveResult>> {
    const [around] = await Promise.all([this.#lookAround(actor, received), this.#engine.actors.loadPush(actor)]);
    const results = new Map<string, ReceiveResult | Promise<ReceiveResult>>();
    for (const one of inOrder(received)) {
      if (actor.dead || actor.retired || !this.#engine.actors.isUsable(actor)) throw new GivenUpError();
      const { eventId } = one.incoming;
      if (results.has(eventId)) continue;
      const result = await this.#takeOne(actor, one, around);
      // What fails to be stored fails the whole command below; until then nobody else looks.
      if (result.stored) result.stored.catch(() => {});
      results.set(eventId, result.stored ?? (result.done as ReceiveResult));
    }
    const all = await Promise.all([...results].map(async ([id, result]) => [id, await result] as const));
    return new Map(all);
  }

  async #lookAround(actor: RoomActor, received: Received[]): Promise<Surroundings> {
    const { db } = this.#engine;
    const own = received.map(({ incoming }) => incoming.eventId);
    const named = received.flatMap(({ incoming, stateBefore }) => {
      const { prevIds, authIds, redacts, pdu } = incoming;
      const related = relationOf(pdu.content)?.relatesTo;
      return [
        ...prevIds,
        ...authIds,
        ...(stateBefore ?? []),
        ...(redacts ? [redacts] : []),
        ...(related ? [related] : []),
      ];
    });
    const [known, held, wanted] = await Promise.all([
      findKnown(db, actor, [...own, ...named]),
      getHeldRedactions(db, own),
      getMissingAmong(db, actor.head.roomNid, own),
    ]);
    return { known, held: Map.groupBy(held, (row) => row.redacts), wanted };
  }

  async #takeOne(actor: RoomActor, received: Received, around: Surroundings): Promise<Taken> {
    const { incoming } = received;
    const { eventId } = incoming;
    const known = around.known.get(eventId);
    if (known && known.roomNid !== actor.head.roomNid) {
      return { done: { ...dropped('the event is known in another room'), eventId } };
    }
    if (known && (received.outlier || (known.flags & EVENT_OUTLIER) === 0)) {
      return { done: { eventId, status: statusOf(known.flags), position: known.position, duplicate: true } };
    }
    try {
      if (received.outlier) return await this.#takeOutlier(actor, received, around);
      if (received.historic && known && isCreate(received))
        return await this.#placeCreate(actor, received, known, around);
      return await this.#place(actor, await this.#drafts.make(actor, received, around), around);
    } catch (error) {
      if (error instanceof MissingError) {
        const { missingPrev, missingAuth } = error;
        const missing = {
          ...(missingPrev.length > 0 ? { missingPrev } : {}),
          ...(missingAuth.length > 0 ? { missingAuth } : {}),
        };
        return { done: { eventId, status: 'missing', position: null, duplicate: false, ...missing } };
      }
      if (error instanceof MatrixError && error.errcode === 'M_BAD_JSON') {
        return { done: { ...dropped(error.message), eventId } };
      }
      throw error;
    }
  }

  async #takeOutlier(actor: RoomActor, received: Received, around: Surroundings): Promise<Taken> {
    const cited = await this.#drafts.cite(actor, received.incoming, around);
    const create = await this.#drafts.createEvent(actor);
    const eventNid = await nextEventNid(this.#engine);
    if (!this.#engine.actors.isUsable(actor)) throw new GivenUpError();
    const { planned, known, error } = planOutlier(actor, received, eventNid, cited, create);
    around.known.set(known.eventId, known);
    return { stored: this.#store(actor, [planned], known, error) };
  }

  /** The create event is known from the beginning, as state; its place in the past is where that past begins. */
  async #placeCreate(actor: RoomActor, received: Received, known: KnownEvent, around: Surroundings): Promise<Taken> {
    const { pdu, eventId, json } = received.incoming;
    const create = await this.#drafts.createEvent(actor);
    if (create?.eventId !== eventId) throw badJson('the room has another create event');
    if (!this.#engine.actors.isUsable(actor)) throw new GivenUpError();
    const { eventNid } = known;
    const shape = { type: pdu.type, stateKey: '', sender: pdu.sender, content: pdu.content };
    const facts = { eventNid, eventId, depth: pdu.depth, originServerTs: pdu.origin_server_ts, json };
    const row = { ...newRow(actor.head, shape, facts), position: -eventNid };
    const planned: PlannedEvent = { row, prevNids: [], authNids: [], placed: false, stored: true, push: [] };
    if (around.wanted.has(eventId)) {
      planned.more = { ...noExtras(), found: [{ roomNid: actor.head.roomNid, eventId, eventNid }] };
    }
    const past = { ...known, flags: 0, position: -eventNid };
    around.known.set(eventId, past);
    return { stored: this.#store(actor, [planned], past, undefined) };
  }

  /** Gives a draft its place as soon as everything it needs is at hand, and queues it. */
  async #place(actor: RoomActor, draft: Draft, around: Surroundings): Promise<Taken> {
    const engine = this.#engine;
    let release: (() => void) | undefined;
    try {
      for (let moves = 0; ; ) {
        if (!engine.actors.isUsable(actor)) throw new GivenUpError();
        // Up to two groups: after the event, and what the extremities resolve to.
        if (!engine.ids.has(0, 2)) {
          await reserveIds(engine, 0, 2);
          continue;
        }
        const { state_key: stateKey, content } = draft.incoming.pdu;
        const members = actor.push?.prepare(stateKey === undefined ? { content } : { stateKey, content });
        if (members) {
          await members;
          continue;
        }
        const step = applyEvent(actor, draft, engine.ids, this.#serverName);
        if ('planned' in step) {
          around.known.set(step.known.eventId, step.known);
          const stored = this.#store(actor, step.planned, step.known, draft.rejectedBy);
          if (draft.before.madeOf !== undefined) {
            stored.then(
              () => this.#drafts.isStored(actor, draft),
              () => {},
            );
          }
          // What looks for this event in the database has to find it.
          if (draft.redaction || draft.missing.length > 0 || draft.outlier || draft.held.length > 0) await stored;
          return { stored };
        }
        if (step.kind === 'resolution' && ++moves > MOST_MOVES && !release) {
          actor.hold = new Promise<void>((resolve) => {
            release = resolve;
          });
        }
        await this.#provide(actor, draft, step);
      }
    } finally {
      if (release) {
        actor.hold = undefined;
        release();
      }
    }
  }

  async #provide(actor: RoomActor, draft: Draft, need: Need): Promise<void> {
    const { actors } = this.#engine;
    if (need.kind === 'keys') await actors.loadKeys(actor, need.keys);
    else if (need.kind === 'resolution') {
      const resolution = await this.#drafts.resolve(actor, draft, need);
      if (need.across) draft.across = resolution;
      else draft.resolution = resolution;
    } else if (draft.before.ref.group === actor.head.stateGroup) await actors.loadChain(actor, 1);
    else {
      await this.#engine.committer.settled();
      draft.before.chain = await actors.chainOf(draft.before.ref.group);
    }
  }

  #store(
    actor: RoomActor,
    planned: Parameters<Engine['committer']['add']>[0]['planned'],
    known: KnownEvent,
    error: Error | undefined,
  ): Promise<ReceiveResult> {
    const { eventId, flags } = known;
    actor.inFlight.set(eventId, known);
    return this.#engine.committer
      .add({ actor, planned })
      .finally(() => {
        if (actor.inFlight.get(eventId) === known) actor.inFlight.delete(eventId);
      })
      .then(([position]) => ({
        eventId,
        status: statusOf(flags),
        position: position ?? null,
        duplicate: false,
        ...(error ? { error: error.message } : {}),
      }));
  }
}

function isCreate({ incoming }: Received): boolean {
  return incoming.pdu.type === 'm.room.create' && incoming.pdu.state_key === '';
}

function takeOrDrop(received: ReceivedPdu, actor: RoomActor): Received | ReceiveResult {
  const { pdu, ...rest } = received;
  try {
    return { ...rest, incoming: takeIn(pdu, actor.version, actor.head.roomId) };
  } catch (error) {
    if (error instanceof MatrixError) return dropped(error.message);
    throw error;
  }
}

function dropped(error: string): ReceiveResult {
  return { eventId: '', status: 'invalid', position: null, duplicate: false, error };
}

function statusOf(flags: number): ReceiveResult['status'] {
  if ((flags & EVENT_REJECTED) !== 0) return 'rejected';
  if ((flags & EVENT_OUTLIER) !== 0) return 'outlier';
  return (flags & EVENT_SOFT_FAILED) !== 0 ? 'soft-failed' : 'accepted';
}
