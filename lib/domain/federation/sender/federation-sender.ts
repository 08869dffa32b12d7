import type { JsonObject } from '../../../spec/json.ts';
import type { EventRow } from '../../../storage/events/event-row.ts';
import { getEventsByNid } from '../../../storage/events/read-events.ts';
import { getWaitingDestinations } from '../../../storage/federation/outbox.ts';
import { takeRelays } from '../../../storage/federation/relays.ts';
import { getJoinedRooms } from '../../../storage/rooms/memberships.ts';
import { shardOf } from '../../../streams/slots.ts';
import type { PresenceRow } from '../../../streams/stream.ts';
import type { Context } from '../../context.ts';
import { runEventReader } from '../../events/event-reader.ts';
import { DestinationLoop } from './destination-loop.ts';
import { distributeEvents, isOwn, withoutEntries } from './distribute-events.ts';
import { presenceEdu, receiptEdu } from './ephemeral-edus.ts';
import { followDeviceLists } from './follow-device-lists.ts';
import { followTyping } from './follow-typing.ts';
import { Gate } from './gate.ts';
import { hintSenders, onHints, type SenderHint } from './hints.ts';
import { RoomServers } from './room-servers.ts';

/** Destinations that are sent to at the same time. */
const MOST_AT_ONCE = 100;
/** So often the database is asked for what waits, although hints tell of it (P5). */
const LOOK_MS = 30_000;
const GRACE_MS = 5_000;
const RELAYS_AT_ONCE = 200;

/**
 * Sends events and ephemeral messages to other servers: those of the destinations whose shards this process holds. What is
 * to be sent is queued in the database by whichever process reads it first from the stream.
 */
export class FederationSender {
  readonly #ctx: Context;
  readonly #held: () => readonly number[];
  readonly #servers = new RoomServers();
  readonly #gate = new Gate(MOST_AT_ONCE);
  readonly #loops = new Map<string, DestinationLoop>();
  #started = false;

  /** @param held shards of destinations that are this process's */
  constructor(ctx: Context, held: () => readonly number[]) {
    this.#ctx = ctx;
    this.#held = held;
  }

  /** Begins to follow streams and to send. Returns the function that ends it. */
  start(): () => Promise<void> {
    const ctx = this.#ctx;
    this.#started = true;
    const suffix = `:${ctx.serverName}`;
    const stops: (() => Promise<void> | void)[] = [
      ctx.streams.on('events', (rows) => this.#servers.note(rows, suffix)),
      this.#followEvents(),
      followDeviceLists(ctx, this.#servers),
      followTyping(ctx, (roomNid, edu, key) => this.#toRoom(roomNid, edu, key)),
      ctx.streams.on('receipts', (rows) => {
        for (const row of rows) {
          if (row.receiptType !== 'm.read' || !row.userId.endsWith(suffix)) continue;
          this.#toRoom(row.roomNid, receiptEdu(row), `receipt ${row.roomNid} ${row.userId} ${row.threadId ?? ''}`);
        }
      }),
      ctx.streams.on('presence', (rows) => {
        for (const row of rows) if (row.userId.endsWith(suffix)) this.#toPeers(row);
      }),
    ];
    const listening = onHints(ctx.bus, (hint) => this.#takeHint(hint));
    const timer = setInterval(() => void this.#look(), LOOK_MS);
    timer.unref();
    void this.#look();
    return async () => {
      this.#started = false;
      clearInterval(timer);
      await (await listening)();
      await Promise.all(stops.map((stop) => stop()));
      await Promise.all([...this.#loops.values()].map((loop) => loop.stop(GRACE_MS)));
      this.#loops.clear();
    };
  }

  /** A shard has come to this process. */
  gained(): void {
    if (this.#started) void this.#look();
  }

  /** Waits for the transactions under way to destinations of some shards; they begin no others. */
  async finish(shards: readonly number[]): Promise<void> {
    const leaving = new Set(shards);
    const loops = [...this.#loops.values()].filter((loop) => leaving.has(shardOf(loop.destination)));
    await Promise.all(loops.map((loop) => loop.stop(GRACE_MS)));
    for (const loop of loops) this.#loops.delete(loop.destination);
  }

  /** A shard is another process's. */
  async lost(): Promise<void> {
    const held = new Set(this.#held());
    const gone = [...this.#loops.values()].filter((loop) => !held.has(shardOf(loop.destination)));
    for (const loop of gone) this.#loops.delete(loop.destination);
    await Promise.all(gone.map((loop) => loop.stop()));
  }

  #followEvents(): () => Promise<void> {
    const ctx = this.#ctx;
    let queued = new Set<string>();
    return runEventReader(ctx, {
      name: 'federation',
      concerns: (row) => isOwn(row, ctx.serverName),
      take: async (q, rows) => {
        const own = (await withoutEntries(q, rows)).map((row): { row: EventRow; except?: string } => ({ row }));
        queued = await distributeEvents(q, this.#servers, ctx.serverName, own);
      },
      taken: () => {
        if (queued.size > 0) hintSenders(ctx.bus, queued);
        queued = new Set();
      },
    });
  }

  #takeHint({ destinations, reached, relays }: SenderHint): void {
    if (relays) void this.#relay();
    for (const destination of destinations) {
      if (reached) this.#ctx.federation.destinations.forget(destination);
      this.#wake(destination);
    }
  }

  /** Queues events that other servers had this one put into rooms. */
  async #relay(): Promise<void> {
    const { db, bus, log, serverName } = this.#ctx;
    try {
      for (let more = this.#started; more; ) {
        const { count, queued } = await db.tx(async (tx) => {
          const relays = await takeRelays(tx, RELAYS_AT_ONCE);
          const rows = await getEventsByNid(
            tx,
            relays.map((relay) => relay.eventNid),
          );
          const origins = new Map(relays.map((relay) => [relay.eventNid, relay.origin]));
          const told = rows.filter((row) => row.position !== null && row.flags === 0);
          const events = told.map((row) => ({ row, except: origins.get(row.eventNid) as string }));
          return { count: relays.length, queued: await distributeEvents(tx, this.#servers, serverName, events) };
        });
        hintSenders(bus, queued);
        more = count === RELAYS_AT_ONCE;
      }
    } catch (error) {
      log.warn({ err: error }, 'events of other servers could not be passed on');
    }
  }

  async #look(): Promise<void> {
    void this.#relay();
    for (const [name, loop] of this.#loops) if (loop.isIdle) this.#loops.delete(name);
    try {
      for (const destination of await getWaitingDestinations(this.#ctx.db)) this.#wake(destination);
    } catch (error) {
      this.#ctx.log.warn({ err: error }, 'what waits for other servers could not be read');
    }
  }

  #wake(destination: string): void {
    this.#loop(destination)?.wake();
  }

  /** The loop of a destination that is this process's. */
  #loop(destination: string): DestinationLoop | undefined {
    if (!this.#started || !this.#held().includes(shardOf(destination))) return undefined;
    let loop = this.#loops.get(destination);
    if (!loop) {
      loop = new DestinationLoop(this.#ctx, destination, this.#gate);
      this.#loops.set(destination, loop);
    }
    return loop;
  }

  #put(destination: string, edu: JsonObject, key: string): void {
    const loop = this.#loop(destination);
    loop?.ephemeral.put(key, edu);
    loop?.wake();
  }

  #toRoom(roomNid: number, edu: JsonObject, key: string): void {
    this.#servers.current(this.#ctx.db, roomNid).then(
      (servers) => {
        for (const server of servers) this.#put(server, edu, key);
      },
      (error) => this.#ctx.log.warn({ err: error }, 'an ephemeral message could not be sent to a room'),
    );
  }

  #toPeers(row: PresenceRow): void {
    const { db, clock, log } = this.#ctx;
    const run = async () => {
      const rooms = await getJoinedRooms(db, row.userId);
      await this.#servers.load(
        db,
        rooms.map((room) => room.roomNid),
      );
      const lists = await Promise.all(rooms.map((room) => this.#servers.current(db, room.roomNid)));
      const edu = presenceEdu(row, clock.now());
      for (const server of new Set(lists.flat())) this.#put(server, edu, `presence ${row.userId}`);
    };
    run().catch((error) => log.warn({ err: error }, 'presence could not be sent to other servers'));
  }
}
