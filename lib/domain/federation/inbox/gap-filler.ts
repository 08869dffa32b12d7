import { prevEventIds } from '../../../spec/events.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { getIdsOfKey, getKnownEventIds } from '../../../storage/federation/pdus.ts';
import { getRoomHead } from '../../../storage/rooms/room-head.ts';
import type { ReceivedPdu, ReceiveResult } from '../../../streams/writers.ts';
import type { Context } from '../../context.ts';
import type { Room } from '../../rooms/room-lookup.ts';
import type { CheckedPdu } from './check-pdus.ts';
import { RoomSource } from './room-source.ts';

/** An event that could not be stored, and what it lacks. */
export interface Gap {
  eventId: string;
  missing: ReceiveResult;
}

const MOST_MISSING = 20;
/** So many unknown previous events may be joined to the room by their state, for one event. */
const MOST_JOINTS = 10;
/** Above so many events of a state that are not known, the whole state is asked for at once. */
const MOST_SINGLE = 20;

/**
 * Fetches what is missing before an event: first the events between it and those that are here; where that leaves a gap,
 * the events at its edge with the state before them (server-server API, "Backfilling and retrieving missing events"). So
 * what a server says of the state counts for the events that it names, and is resolved with what is known here.
 */
export class GapFiller {
  readonly #ctx: Context;
  readonly #room: Room;
  readonly #source: RoomSource;

  constructor(ctx: Context, room: Room, origin: string, stop: AbortSignal) {
    this.#ctx = ctx;
    this.#room = room;
    this.#source = new RoomSource(ctx, room, origin, stop);
  }

  /**
   * Stores what an event lacks, as far as it can be had.
   * @throws FederationError when the server cannot be asked
   */
  async fill({ eventId, missing }: Gap): Promise<void> {
    if (missing.missingPrev) await this.#fillPrevious(eventId, missing.missingPrev);
    if (missing.missingAuth) await this.#fillAuth(eventId);
  }

  async #fillPrevious(eventId: string, wanted: string[]): Promise<void> {
    const head = await getRoomHead(this.#ctx.db, this.#room.roomId);
    const earliest = (head?.extremities ?? []).map((one) => one.eventId);
    const { events, bad } = await this.#source.missingEvents({ earliest, latest: [eventId], limit: MOST_MISSING });
    let left = await this.#store(events.map(plain));
    const fetched = new Map(events.map((one) => [one.eventId, one]));
    // A server that does not tell what its own event follows is not asked about it any further.
    if (wanted.some((id) => !fetched.has(id))) return;
    let joints = 0;
    for (const result of left) {
      if (result.missingAuth) await this.#fillAuth(result.eventId);
      const unknown = (result.missingPrev ?? []).filter((id) => !fetched.has(id));
      // What the server itself gave in a form that is not allowed cannot be joined to anything.
      if (unknown.length === 0 || unknown.some((id) => bad.has(id)) || ++joints > MOST_JOINTS) continue;
      await this.#joinEdge(fetched.get(result.eventId) as CheckedPdu, unknown);
    }
    for (let round = 0; left.length > 0 && round < 2; round++) {
      const again = new Set(left.map((result) => result.eventId));
      left = await this.#store(events.filter((one) => again.has(one.eventId)).map(plain));
    }
  }

  /**
   * Gives an event a place whose previous events are not to be had. Where there is just one, the state after it is enough;
   * where the event has others that are known, the unknown ones get a place as well, so that all states are resolved.
   */
  async #joinEdge(event: CheckedPdu, unknown: string[]): Promise<void> {
    const [first = ''] = unknown;
    const isOnly = unknown.length === 1 && prevEventIds(event.pdu, this.#room.version).length === 1;
    if (!isOnly) {
      for (const id of unknown) await this.#join(id);
      return;
    }
    const { pduIds, authChainIds } = await this.#source.stateIds(first);
    const before = await this.#source.event(first);
    if (!before) return;
    await this.#storeOutliers(first, pduIds, authChainIds);
    await this.#placeByState(plain(event), event.eventId, {
      pduIds: await this.#stateAfter(before, pduIds),
      authChainIds: [],
    });
  }

  /** Ids of the state after an event that is stored to be cited only. */
  async #stateAfter(event: CheckedPdu, pduIds: string[]): Promise<string[]> {
    const { type, state_key: stateKey } = event.pdu;
    const outlier = { ...plain(event), outlier: true };
    const { roomId } = this.#room;
    const [taken] = await this.#ctx.writers.events.receive({ roomId, origin: this.#source.server, pdus: [outlier] });
    if (stateKey === undefined || !(taken?.status === 'outlier' || taken?.status === 'accepted')) return pduIds;
    const replaced = await getIdsOfKey(this.#ctx.db, pduIds, type, stateKey);
    return [...pduIds.filter((id) => !replaced.has(id)), event.eventId];
  }

  /** Gives an event a place by the state before it, as its server tells that. */
  async #join(eventId: string): Promise<void> {
    const known = await getKnownEventIds(this.#ctx.db, this.#room.roomNid, [eventId], { placed: true });
    if (known.has(eventId)) return;
    const state = await this.#source.stateIds(eventId);
    const event = await this.#source.event(eventId);
    if (event) await this.#placeByState(plain(event), eventId, state);
  }

  /**
   * Gives an event of the room's past a place by the state before it.
   * @throws FederationError when the server cannot be asked, or does not know that state
   */
  async placeHistoric(event: CheckedPdu): Promise<void> {
    const state = await this.#source.stateIds(event.eventId);
    await this.#placeByState({ ...plain(event), historic: true }, event.eventId, state);
  }

  async #placeByState(
    event: ReceivedPdu,
    eventId: string,
    { pduIds, authChainIds }: { pduIds: string[]; authChainIds: string[] },
  ): Promise<void> {
    await this.#storeOutliers(eventId, pduIds, authChainIds);
    const stored = await getKnownEventIds(this.#ctx.db, this.#room.roomNid, pduIds, { placed: false });
    const stateBefore = pduIds.filter((id) => stored.has(id));
    const [result] = await this.#store([{ ...event, stateBefore }]);
    if (result?.missingAuth) {
      await this.#fillAuth(eventId);
      await this.#store([{ ...event, stateBefore }]);
    }
  }

  async #storeOutliers(eventId: string, pduIds: string[], authChainIds: string[]): Promise<void> {
    const all = [...new Set([...pduIds, ...authChainIds])];
    const known = await getKnownEventIds(this.#ctx.db, this.#room.roomNid, all, { placed: false });
    const unknown = all.filter((id) => !known.has(id));
    if (unknown.length === 0) return;
    const events =
      unknown.length > MOST_SINGLE ? await this.#source.state(eventId) : await this.#source.events(unknown);
    const wanted = new Set(unknown);
    await this.#storeAll(events.filter((one) => wanted.has(one.eventId)));
  }

  /** The auth chain of an event, stored as far as it is not there. */
  async #fillAuth(eventId: string): Promise<void> {
    const events = await this.#source.eventAuth(eventId);
    const ids = events.map((one) => one.eventId);
    const known = await getKnownEventIds(this.#ctx.db, this.#room.roomNid, ids, { placed: false });
    await this.#storeAll(events.filter((one) => !known.has(one.eventId)));
  }

  /** Stores events to be cited; those whose auth events do not come with them are asked about once. */
  async #storeAll(events: CheckedPdu[]): Promise<void> {
    const outliers = events.map((one): ReceivedPdu => ({ ...plain(one), outlier: true }));
    const left = await this.#store(outliers);
    const lacking = [...new Set(left.flatMap((result) => result.missingAuth ?? []))];
    if (lacking.length === 0) return;
    const more = await this.#source.events(lacking.slice(0, 10 * MOST_SINGLE));
    await this.#store([...more.map((one): ReceivedPdu => ({ ...plain(one), outlier: true })), ...outliers]);
  }

  /** Stores events; those that lack something come back. */
  async #store(pdus: ReceivedPdu[]): Promise<ReceiveResult[]> {
    if (pdus.length === 0) return [];
    const { roomId } = this.#room;
    const results = await this.#ctx.writers.events.receive({ roomId, origin: this.#source.server, pdus });
    return results.filter((result) => result.status === 'missing');
  }
}

function plain({ pdu, signedBy }: CheckedPdu): ReceivedPdu {
  return { pdu: pdu as unknown as JsonObject, signedBy };
}
