import { LRUCache } from 'lru-cache';
import { MatrixError } from '../../spec/errors.ts';
import { type Pdu, prevEventIds } from '../../spec/events.ts';
import { serverNameOf } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getServersInRoom } from '../../storage/rooms/memberships.ts';
import { getOldestPlaced, getPlacedAmong, placeBackwards, putRelations } from '../../storage/timeline/backfill.ts';
import type { ReceivedPdu, ReceiveResult } from '../../streams/writers.ts';
import type { Context } from '../context.ts';
import { relationOf } from '../rooms/relations.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { FederationError } from './federation-error.ts';
import type { CheckedPdu } from './inbox/check-pdus.ts';
import { RoomSource } from './inbox/room-source.ts';

const EVENTS = 100;
const MOST_SERVERS = 3;
const MOST_ROUNDS = 5;
const TIMEOUT_MS = 20_000;
const MOST_STARTS = 20;
/** What nobody had is not asked for again for so long. */
const IN_VAIN_MS = 5 * 60_000;

const inVain = new WeakMap<Context['db'], LRUCache<string, true>>();

/**
 * Fills in history that this server does not have, before some events of a room or at its beginning, from servers that are
 * in the room (server-server API, backfilling). True when there is more now.
 * @param rows events as a reader got them; empty for the beginning of what is there
 */
export async function backfill(ctx: Context, room: Room, rows: readonly EventRow[]): Promise<boolean> {
  // Of a room that was made here everything is here.
  if (!ctx.config.federation.enabled || serverNameOf(room.creator) === ctx.serverName) return false;
  const starts = await startsOf(ctx, room, rows);
  if (starts.length === 0) return false;
  const [first] = await getOldestPlaced(ctx.db, room.roomNid, 1);
  const servers = (await getServersInRoom(ctx.db, room.roomNid, 20)).filter((name) => name !== ctx.serverName);
  for (const server of servers.slice(0, MOST_SERVERS)) {
    try {
      const source = new RoomSource(ctx, room, server, AbortSignal.timeout(TIMEOUT_MS));
      if (await fillFrom(ctx, room, source, starts, first?.stateGroup ?? null)) return true;
    } catch (error) {
      if (!(error instanceof FederationError || error instanceof MatrixError)) throw error;
      ctx.log.info({ err: error, server, roomId: room.roomId }, 'history could not be filled in');
    }
  }
  for (const id of starts) triedInVain(ctx).set(id, true);
  return false;
}

/** Events whose parents are not here. */
async function startsOf(ctx: Context, room: Room, rows: readonly EventRow[]): Promise<string[]> {
  const some = rows.length > 0 ? rows : await getOldestPlaced(ctx.db, room.roomNid, MOST_STARTS);
  const parents = some.map(({ eventId, json }) => ({
    eventId,
    prevIds: prevEventIds(JSON.parse(json) as Pdu, room.version),
  }));
  const here = await getPlacedAmong(ctx.db, room.roomNid, [...new Set(parents.flatMap((one) => one.prevIds))]);
  const open = parents.filter(({ prevIds }) => prevIds.some((id) => !here.has(id)));
  return open
    .map(({ eventId }) => eventId)
    .filter((id) => !triedInVain(ctx).has(id))
    .slice(0, MOST_STARTS);
}

async function fillFrom(
  ctx: Context,
  room: Room,
  source: RoomSource,
  starts: string[],
  stateGroup: number | null,
): Promise<boolean> {
  const given = await source.backfill(starts, EVENTS);
  const wanted = given.filter((one) => !starts.includes(one.eventId));
  await store(ctx, room, source, wanted);
  // Newest first, so that places go down with depth.
  const ordered = [...wanted].sort((a, b) => b.pdu.depth - a.pdu.depth);
  const events = ordered.map(({ eventId, pdu }) => ({ eventId, prevIds: prevEventIds(pdu, room.version) }));
  const placed = await ctx.db.tx(async (tx) => {
    const rows = await placeBackwards(tx, room.roomNid, events, stateGroup);
    const relations = rows.flatMap(({ eventNid, type, sender, json }) => {
      const relation = relationOf((JSON.parse(json) as Pdu).content);
      return relation ? [{ ...relation, eventNid, roomNid: room.roomNid, type, sender }] : [];
    });
    await putRelations(tx, relations);
    return rows.length;
  });
  return placed > 0;
}

/** Stores events to be cited, with the auth events that are not here yet; their auth rules are checked by that. */
async function store(ctx: Context, room: Room, source: RoomSource, events: readonly CheckedPdu[]): Promise<void> {
  let open = [...events];
  for (let round = 0; round < MOST_ROUNDS && open.length > 0; round++) {
    const results = await receive(ctx, room, source.server, open);
    const missing = new Set(results.flatMap((result) => result.missingAuth ?? []));
    if (missing.size === 0) return;
    const lacking = new Set(results.filter((result) => result.status === 'missing').map((result) => result.eventId));
    const fetched = await source.events([...missing]);
    if (fetched.length === 0) return;
    open = [...fetched, ...open.filter((one) => lacking.has(one.eventId))];
  }
}

function receive(
  ctx: Context,
  { roomId }: Room,
  origin: string,
  events: readonly CheckedPdu[],
): Promise<ReceiveResult[]> {
  const pdus = events.map(
    ({ pdu, signedBy }): ReceivedPdu => ({ pdu: pdu as unknown as JsonObject, signedBy, outlier: true }),
  );
  return ctx.writers.events.receive({ roomId, origin, pdus });
}

function triedInVain(ctx: Context): LRUCache<string, true> {
  let cache = inVain.get(ctx.db);
  if (!cache) {
    cache = new LRUCache({ max: 10_000, ttl: IN_VAIN_MS });
    inVain.set(ctx.db, cache);
  }
  return cache;
}
