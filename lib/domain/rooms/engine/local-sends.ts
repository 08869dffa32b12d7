import { MatrixError } from '../../../spec/errors.ts';
import { getDeliveredEvents } from '../../../storage/events/deliveries.ts';
import { getEventBrief, getTransactions, hasAnnotation } from '../../../storage/events/read-events.ts';
import type { Delivery } from '../../../streams/replication/delivery.ts';
import type { NewEvent, SendCommand, SendResult, TransactionKey } from '../../../streams/writers.ts';
import { relationOf } from '../relations.ts';
import type { PlannedEvent, Prepared, RoomActor } from '../room-actor.ts';
import { transactionOf } from './delivered.ts';
import type { Engine } from './engine.ts';
import type { LongWay } from './long-way.ts';
import type { StateKeyPair } from './room-state.ts';

const MOST_TRANSACTIONS = 300;
/** A room that moves to and fro is loaded anew each time; its senders are not to see that. */
const MOST_TRIES = 8;

/** Events of this server's users: built on the head of the room, one after the other, so that they never fork it. */
export class LocalSends {
  readonly #engine: Engine;
  readonly #longWay: LongWay;

  constructor(engine: Engine, longWay: LongWay) {
    this.#engine = engine;
    this.#longWay = longWay;
  }

  /** Adds events to a room, all or none. See {@link EventsWriter.sendAll}. */
  async send(
    roomId: string,
    events: NewEvent[],
    txn: SendCommand['txn'],
    delivery: Delivery | undefined,
  ): Promise<SendResult[]> {
    for (let attempt = 1; ; attempt++) {
      const actor = await this.#engine.actors.get(roomId);
      if (delivery?.repeated && !txn) {
        const done = await this.#delivered(actor, events, delivery);
        if (done) return done;
      }
      const result = await this.#sendOn(actor, events, txn, delivery);
      if (result) return result;
      if (attempt === MOST_TRIES)
        throw new MatrixError(503, 'M_UNKNOWN', 'The room is being loaded again; try once more.');
    }
  }

  /** Undefined when the actor was dropped before the events were planned on it: then nothing was done. */
  async #sendOn(
    actor: RoomActor,
    events: NewEvent[],
    txn: SendCommand['txn'],
    delivery: Delivery | undefined,
  ): Promise<SendResult[] | undefined> {
    const { actors } = this.#engine;
    const first = events[0] as NewEvent;
    const device = txn && `${first.sender} ${txn.deviceId}`;
    if (txn && device !== undefined) {
      if (!actor.transactions.knows(device)) await this.#loadTransactions(actor, first.sender, txn.deviceId, device);
      const known = actor.transactions.find(device, txn.txnId, first.type);
      if (known) return [{ ...(await known), duplicate: true }];
    }
    const prepared: Prepared[] = [];
    for (const event of events) prepared.push(await this.#prepare(actor, event));
    if (!actor.push) await actors.loadPush(actor);
    const keys = events.flatMap((event) => actor.keysFor(event));
    const states = events.reduce((sum, event) => sum + (event.stateKey === undefined ? 0 : 1), 0);
    for (let wait = this.#missing(actor, events, keys, states); wait; ) {
      await wait;
      wait = this.#missing(actor, events, keys, states);
    }
    // Nothing below waits until the events are planned and queued, so nobody plans in between.
    if (!actors.isUsable(actor)) return undefined;
    if (txn && device !== undefined) {
      const known = actor.transactions.find(device, txn.txnId, first.type);
      if (known) return [{ ...(await known), duplicate: true }];
    }
    const results =
      actor.overgrown || this.#longWay.isNeeded(actor)
        ? this.#longWay.send(actor, events, prepared, txn ?? transactionOf(delivery))
        : this.#plan(actor, events, prepared, txn, delivery);
    if (txn && device !== undefined) {
      const result = results.then((all) => all[0] as SendResult);
      actor.transactions.note(device, txn.txnId, first.type, result);
    }
    return results;
  }

  /** What planning has to wait for; undefined when everything is at hand, until somebody waits. */
  #missing(actor: RoomActor, events: NewEvent[], keys: StateKeyPair[], states: number): Promise<void> | undefined {
    const { actors, ids } = this.#engine;
    if (actor.dead || actor.retired) return undefined;
    if (actor.hold) return actor.hold;
    if (actor.state.missing(keys).length > 0) return actors.loadKeys(actor, keys);
    if (states > 0 && (!actor.chain || actor.chain.missing(states) !== undefined))
      return actors.loadChain(actor, states);
    for (const event of events) {
      const wait = actor.push?.prepare(event);
      if (wait) return wait;
    }
    return ids.has(events.length, states) ? undefined : ids.reserve(events.length, states);
  }

  /** Plans events on the head and queues them. Nothing in here waits before they are queued. */
  #plan(
    actor: RoomActor,
    events: NewEvent[],
    prepared: Prepared[],
    txn: TransactionKey | undefined,
    delivery: Delivery | undefined,
  ): Promise<SendResult[]> {
    const { clock, committer, actors } = this.#engine;
    const now = clock.now();
    const plans: (PlannedEvent | { existing: { eventId: string } })[] = [];
    const queued: PlannedEvent[] = [];
    try {
      events.forEach((event, i) => {
        const key = txn ? (i === 0 ? txn : undefined) : transactionOf(delivery, i);
        const plan = actor.plan(event, prepared[i] as Prepared, now, key);
        plans.push(plan);
        if (!('existing' in plan)) queued.push(plan);
      });
    } catch (error) {
      // Part of a group is planned on the head already; what others have planned before it stays valid.
      if (queued.length > 0) actors.retire(actor);
      return Promise.reject(error);
    }
    const committed = queued.length > 0 ? committer.add({ actor, planned: queued }) : Promise.resolve([]);
    return committed.then((positions) => {
      let i = 0;
      return plans.map((plan) =>
        'existing' in plan
          ? { eventId: plan.existing.eventId, position: 0, duplicate: true }
          : { eventId: plan.row.eventId, position: positions[i++] as number, duplicate: false },
      );
    });
  }

  async #prepare(actor: RoomActor, event: NewEvent): Promise<Prepared> {
    const { db } = this.#engine;
    const prepared: Prepared = {};
    if (event.redacts !== undefined) prepared.target = await getEventBrief(db, event.redacts);
    const relation = relationOf(event.content);
    if (relation && relation.relType !== 'm.thread') {
      const related = await getEventBrief(db, relation.relatesTo);
      if (related?.roomNid === actor.head.roomNid) prepared.relatedThread = related.threadRoot;
      if (relation.relType === 'm.annotation' && relation.key !== null) {
        const annotation = { relatesTo: relation.relatesTo, type: event.type, key: relation.key, sender: event.sender };
        if (await hasAnnotation(db, annotation)) {
          throw new MatrixError(400, 'M_DUPLICATE_ANNOTATION', "You can't send the same reaction twice.");
        }
      }
    }
    return prepared;
  }

  async #loadTransactions(actor: RoomActor, sender: string, deviceId: string, device: string): Promise<void> {
    const { roomNid } = actor.head;
    const rows = await getTransactions(this.#engine.db, { roomNid, sender, deviceId, limit: MOST_TRANSACTIONS });
    actor.transactions.load(device, rows);
  }

  /** What a command that is delivered once more has done already; undefined when nothing. */
  async #delivered(actor: RoomActor, events: NewEvent[], delivery: Delivery): Promise<SendResult[] | undefined> {
    const first = events[0] as NewEvent;
    const ids = events.map((_, i) => transactionOf(delivery, i)?.txnId as string);
    const key = { roomNid: actor.head.roomNid, sender: first.sender, ids };
    const found = new Map((await getDeliveredEvents(this.#engine.db, key)).map((row) => [row.id, row]));
    if (found.size === 0) return undefined;
    return events.map((event, i) => {
      const row = found.get(ids[i] as string);
      if (row) return { eventId: row.eventId, position: row.position, duplicate: true };
      // It made no event then, because the same state was there already.
      const entry = event.stateKey === undefined ? undefined : actor.state.get(event.type, event.stateKey);
      return { eventId: entry?.eventId ?? '', position: 0, duplicate: true };
    });
  }
}
