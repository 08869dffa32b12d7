import { forbidden, invalidParam } from '../../../spec/errors.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { creatorOf } from '../../../spec/power-levels.ts';
import type { RoomVersion } from '../../../spec/room-versions.ts';
import { getRoomHead, type RoomHead, takeIdBlock } from '../../../storage/rooms/room-head.ts';
import { hasJoinedUserOf } from '../../../storage/state/joined-server.ts';
import type { AdoptCommand, ReceivedPdu } from '../../../streams/writers.ts';
import type { RoomActor } from '../room-actor.ts';
import { versionOf } from './actors.ts';
import { planEntry } from './adopted-state.ts';
import { authEventOf } from './check-event.ts';
import type { Engine } from './engine.ts';
import { type Incoming, takeIn, takeOrSkip } from './incoming.ts';
import { findKnown, type KnownEvent } from './known-events.ts';
import { inOrder } from './order.ts';
import { noteMembership } from './out-of-band.ts';
import type { Received, Receiver } from './receiver.ts';

const OUTLIERS_AT_ONCE = 400;
const LOOKED_UP_AT_ONCE = 5_000;

/** What a command came to. */
interface Adopted {
  eventId: string;
  position: number;
}

/** Takes rooms over from other servers: what `/send_join` answers with, invites and knocks from elsewhere. */
export class RoomAdopter {
  readonly #engine: Engine;
  readonly #receiver: Receiver;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(engine: Engine, receiver: Receiver) {
    this.#engine = engine;
    this.#receiver = receiver;
  }

  /** See {@link EventsWriter.adopt}. One room's commands wait for each other. */
  async adopt(command: AdoptCommand): Promise<Adopted> {
    const before = this.#turns.get(command.roomId) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(() => this.#adopt(command));
    this.#turns.set(command.roomId, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(command.roomId) === turn) this.#turns.delete(command.roomId);
    }
  }

  async #adopt(command: AdoptCommand): Promise<Adopted> {
    const version = versionOf(command.roomVersion);
    const event = takeIn(command.event, version, command.roomId);
    if (event.pdu.type !== 'm.room.member' || event.pdu.state_key === undefined) {
      throw invalidParam('A room is taken over by a membership event.');
    }
    const { db, signer } = this.#engine;
    const head = await getRoomHead(db, command.roomId);
    const isKnown = head !== undefined && head.extremities.length > 0;
    const isPresent = isKnown && (await hasJoinedUserOf(db, head.roomNid, signer.serverName));
    if (isPresent) return this.#receive(command);
    if (!command.state) {
      const actor = await this.#open(command.roomId, version, head, strippedFacts(command));
      return noteMembership(this.#engine, actor, event, command.strippedState);
    }
    return this.#takeOver(command, version, event, head);
  }

  /** A server that is in the room already takes the event like any other. */
  async #receive({ roomId, origin, event, state, authChain }: AdoptCommand): Promise<Adopted> {
    const outliers = [...(authChain ?? []), ...(state ?? [])].map((pdu): ReceivedPdu => ({ pdu, outlier: true }));
    const taken = await this.#receiver.receive({ roomId, origin, pdus: outliers });
    const ids = taken
      .slice(authChain?.length ?? 0)
      .filter((one) => one.status !== 'invalid' && one.status !== 'missing');
    const pdu: ReceivedPdu = state ? { pdu: event, stateBefore: ids.map((one) => one.eventId) } : { pdu: event };
    const [result] = await this.#receiver.receive({ roomId, origin, pdus: [pdu] });
    if (result?.status !== 'accepted') throw forbidden(result?.error ?? 'The room does not take the event.');
    return { eventId: result.eventId, position: result.position ?? 0 };
  }

  async #takeOver(
    command: AdoptCommand,
    version: RoomVersion,
    event: Incoming,
    head: RoomHead | undefined,
  ): Promise<Adopted> {
    const take = (pdus: JsonObject[] | undefined) =>
      (pdus ?? []).flatMap((pdu) => takeOrSkip(pdu, version, command.roomId) ?? []);
    const state = take(command.state);
    const all = new Map([...take(command.authChain), ...state].map((one) => [one.eventId, one]));
    const create = [...all.values()].find((one) => one.pdu.type === 'm.room.create');
    if (!create) throw invalidParam('The state of the room has no create event.');
    const facts = {
      creator: creatorOf(create.pdu, version) ?? create.pdu.sender,
      createdTs: create.pdu.origin_server_ts,
    };
    const actor = await this.#open(command.roomId, version, head, facts);
    const turn = actor.inbox.then(async () => {
      const known = await this.#storeOutliers(actor, [...all.values()], create);
      const entry = await planEntry(this.#engine, actor, event, state, known, head);
      const [position] = await this.#engine.committer.add({ actor, ...entry });
      return { eventId: event.eventId, position: position as number };
    });
    actor.inbox = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      // Whoever comes next reads the room as it is now.
      this.#engine.actors.retire(actor);
    }
  }

  /** The actor of a room that is taken over; one without a row gets one, with nothing in it. */
  async #open(
    roomId: string,
    version: RoomVersion,
    head: RoomHead | undefined,
    facts: { creator: string; createdTs: number },
  ): Promise<RoomActor> {
    const { actors, committer, db } = this.#engine;
    if (head) return head.extremities.length > 0 ? actors.get(roomId) : actors.wrap(head, version);
    const roomNid = await takeIdBlock(db, 'room_nids');
    const room = { roomNid, roomId, roomVersion: version.id, ...facts, stateGroup: 0, depth: 0, isPublic: false };
    const actor = actors.make({ ...room, blockedBy: null, extremities: [] }, version);
    const { slot } = actor.head;
    await committer.add({
      actor,
      planned: [],
      bulk: { head: { ...room, slot, extremities: [], isNew: true, lastPlace: null } },
    });
    return actor;
  }

  /** Stores state and auth chain, some hundreds at a time. What is known then, by event id. */
  async #storeOutliers(actor: RoomActor, incoming: Incoming[], create: Incoming): Promise<Map<string, KnownEvent>> {
    const { eventId, json } = create;
    const entry = { eventNid: 0, eventId, event: authEventOf(create), json, redacted: false, place: undefined };
    actor.state.set('m.room.create', '', entry);
    const received = inOrder(incoming.map((one): Received => ({ incoming: one, outlier: true })));
    const known = new Map<string, KnownEvent>();
    for (let at = 0; at < received.length; at += OUTLIERS_AT_ONCE) {
      await this.#receiver.takeAll(actor, received.slice(at, at + OUTLIERS_AT_ONCE));
    }
    const ids = incoming.map((one) => one.eventId);
    for (let at = 0; at < ids.length; at += LOOKED_UP_AT_ONCE) {
      const some = await findKnown(this.#engine.db, actor, ids.slice(at, at + LOOKED_UP_AT_ONCE));
      for (const [id, event] of some) known.set(id, event);
    }
    return known;
  }
}

/** Who made the room, as far as an invite tells. */
function strippedFacts({ strippedState }: AdoptCommand): { creator: string; createdTs: number } {
  const create = strippedState?.find((event) => event['type'] === 'm.room.create');
  const { sender, origin_server_ts: ts } = create ?? {};
  return { creator: typeof sender === 'string' ? sender : '', createdTs: typeof ts === 'number' ? ts : 0 };
}
