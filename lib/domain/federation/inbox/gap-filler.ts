import type { JsonObject } from '../../../spec/json.ts';
import { getKnownEventIds } from '../../../storage/federation/pdus.ts';
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
    const fetched = new Set(events.map((one) => one.eventId));
    const edge = new Set<string>();
    for (const id of wanted) if (!fetched.has(id)) edge.add(id);
    for (const result of left) for (const id of result.missingPrev ?? []) if (!fetched.has(id)) edge.add(id);
    for (const result of left) if (result.missingAuth) await this.#fillAuth(result.eventId);
    for (const id of [...edge].slice(0, MOST_JOINTS)) {
      // What the server itself gave in a form that is not allowed cannot be joined to anything.
      if (!bad.has(id)) await this.#join(id);
    }
    for (let round = 0; left.length > 0 && round < 2; round++) {
      const again = new Set(left.map((result) => result.eventId));
      left = await this.#store(events.filter((one) => again.has(one.eventId)).map(plain));
    }
  }

  /** Gives an event a place by the state before it, as its server tells that. */
  async #join(eventId: string): Promise<void> {
    const known = await getKnownEventIds(this.#ctx.db, this.#room.roomNid, [eventId], { placed: true });
    if (known.has(eventId)) return;
    const { pduIds, authChainIds } = await this.#source.stateIds(eventId);
    const event = await this.#source.event(eventId);
    if (!event) return;
    await this.#storeOutliers(eventId, pduIds, authChainIds);
    const stored = await getKnownEventIds(this.#ctx.db, this.#room.roomNid, pduIds, { placed: false });
    const stateBefore = pduIds.filter((id) => stored.has(id));
    const [result] = await this.#store([{ ...plain(event), stateBefore }]);
    if (result?.missingAuth) {
      await this.#fillAuth(eventId);
      await this.#store([{ ...plain(event), stateBefore }]);
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
