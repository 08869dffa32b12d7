import { createHash } from 'node:crypto';
import { MatrixError } from '../../../spec/errors.ts';
import { prevEventIds } from '../../../spec/events.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { getGaps } from '../../../storage/federation/gaps.ts';
import { getServersInRoom } from '../../../storage/rooms/memberships.ts';
import type { ReceivedPdu } from '../../../streams/writers.ts';
import type { Context } from '../../context.ts';
import { currentStateEvent, type Room } from '../../rooms/room-lookup.ts';
import { FederationError } from '../federation-error.ts';
import type { CheckedPdu } from '../inbox/check-pdus.ts';
import { GapFiller } from '../inbox/gap-filler.ts';
import { RoomSource } from '../inbox/room-source.ts';

const MOST_GAPS = 20;
const MOST_SERVERS = 3;
const EVENTS_AT_ONCE = 100;
const MOST_EDGES = 5;
const LONGEST_MS = 20_000;
/** Gaps that nobody could fill are left alone for so long. */
const UNFILLED_MS = 60_000;

/**
 * Fills gaps of a room's history above some depth from other servers (server-server API, "Backfilling and retrieving
 * missing events"). What comes has a place in the past; nobody hears of it as new.
 * @returns whether something came
 */
export async function fillHistory(ctx: Context, room: Room, depth: number): Promise<boolean> {
  const gaps = (await getGaps(ctx.db, room.roomNid, MOST_GAPS)).filter((gap) => gap.depth > depth);
  if (gaps.length === 0 || !ctx.config.federation.enabled) return false;
  const from = [...new Set(gaps.map((gap) => gap.eventId))];
  const key = `unfilled:${room.roomId}:${createHash('sha256').update(from.join()).digest('base64')}`;
  if ((await ctx.cache.get(key)) !== undefined) return false;
  const servers = (await getServersInRoom(ctx.db, room.roomNid, MOST_SERVERS + 1)).filter(
    (server) => server !== ctx.serverName,
  );
  const stop = AbortSignal.timeout(LONGEST_MS);
  for (const server of servers.slice(0, MOST_SERVERS)) {
    if (stop.aborted) break;
    try {
      if (await fillFrom(ctx, room, server, from, stop)) return true;
    } catch (error) {
      if (!(error instanceof FederationError || error instanceof MatrixError)) throw error;
      ctx.log.info({ err: error, roomId: room.roomId, server }, 'a server did not give what came before');
    }
  }
  await ctx.cache.set(key, '1', UNFILLED_MS);
  return false;
}

async function fillFrom(ctx: Context, room: Room, server: string, from: string[], stop: AbortSignal): Promise<boolean> {
  const events = await new RoomSource(ctx, room, server, stop).backfill(from, EVENTS_AT_ONCE);
  if (events.length === 0) return false;
  const create = (await currentStateEvent(ctx, room.roomNid, 'm.room.create'))?.eventId;
  const filler = new GapFiller(ctx, room, server, stop);
  let left = events;
  let placed = 0;
  for (let edges = 0; left.length > 0; edges++) {
    const pdus = left.map((one) => historic(room, one, create));
    const results = await ctx.writers.events.receive({ roomId: room.roomId, origin: server, pdus });
    const lacking = new Set(results.filter((one) => one.status === 'missing').map((one) => one.eventId));
    placed += results.filter((one) => one.status === 'accepted' && !one.duplicate).length;
    left = left.filter((one) => lacking.has(one.eventId));
    // The oldest of them rests on what nobody here has: it is placed by the state before it, and the others on top.
    const edge = left.reduce<CheckedPdu | undefined>((a, b) => (a && a.pdu.depth <= b.pdu.depth ? a : b), undefined);
    if (!edge || edges === MOST_EDGES) break;
    await filler.placeHistoric(edge);
  }
  return placed > 0;
}

/** What follows only the create event has the create event as its state. */
function historic(room: Room, { pdu, signedBy }: CheckedPdu, create: string | undefined): ReceivedPdu {
  const received: ReceivedPdu = { pdu: pdu as unknown as JsonObject, signedBy, historic: true };
  const previous = prevEventIds(pdu, room.version);
  const isFirst = create !== undefined && previous.length > 0 && previous.every((id) => id === create);
  return isFirst ? { ...received, stateBefore: [create] } : received;
}
