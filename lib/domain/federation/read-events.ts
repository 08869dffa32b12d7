import { notFound } from '../../spec/errors.ts';
import { EVENT_OUTLIER, EVENT_REJECTED } from '../../storage/events/event-row.ts';
import {
  getAncestors,
  getEventIds,
  getPdus,
  getPdusById,
  getRoomIdOf,
  type PduRow,
} from '../../storage/federation/pdus.ts';
import { getEntriesOfWholeGroup } from '../../storage/state/groups.ts';
import { getEventsNearTime } from '../../storage/timeline/timestamps.ts';
import type { Context } from '../context.ts';
import type { Room } from '../rooms/room-lookup.ts';
import { authChainOf } from './auth-chain.ts';
import { roomOfServer } from './federated-room.ts';
import { pduText } from './pdu-text.ts';
import { visibleToServer } from './server-visibility.ts';

const MOST_BACKFILLED = 100;
const MOST_MISSING = 20;

/**
 * One event, for a server that is in its room; without its content where history is not visible to it.
 * @returns JSON text of the event
 * @throws MatrixError 404 M_NOT_FOUND, 403 M_FORBIDDEN
 */
export async function eventForServer(ctx: Context, origin: string, eventId: string): Promise<string> {
  const [row] = await getPdusById(ctx.db, [eventId]);
  if (!row || (row.flags & EVENT_REJECTED) !== 0) throw notFound(`There is no event ${eventId}.`);
  const roomId = await getRoomIdOf(ctx.db, row.roomNid);
  const room = await roomOfServer(ctx, roomId as string, origin);
  return (await pdusForServer(ctx, room, origin, [row]))[0] as string;
}

/**
 * Events from which the given ones follow, and these (server-server API, `GET /backfill`), newest first.
 * @returns JSON texts
 */
export async function backfillForServer(
  ctx: Context,
  origin: string,
  query: { roomId: string; from: string[]; limit: number },
): Promise<string[]> {
  const room = await roomOfServer(ctx, query.roomId, origin);
  const from = await nidsInRoom(ctx, room, query.from);
  const limit = Math.min(query.limit, MOST_BACKFILLED);
  const nids = await getAncestors(ctx.db, { roomNid: room.roomNid, from, stopAt: [], minDepth: 0, limit });
  const rows = await shownRows(ctx, nids);
  rows.sort((a, b) => b.depth - a.depth || b.eventNid - a.eventNid);
  return pdusForServer(ctx, room, origin, rows);
}

/**
 * Events between those that another server has and newer ones (server-server API, `POST /get_missing_events`), oldest
 * first.
 * @returns JSON texts
 */
export async function missingEventsForServer(
  ctx: Context,
  origin: string,
  query: { roomId: string; earliest: string[]; latest: string[]; minDepth: number; limit: number },
): Promise<string[]> {
  const room = await roomOfServer(ctx, query.roomId, origin);
  const [stopAt, latest] = await Promise.all([
    nidsInRoom(ctx, room, query.earliest),
    nidsInRoom(ctx, room, query.latest),
  ]);
  const limit = Math.min(query.limit, MOST_MISSING) + latest.length;
  const walk = { roomNid: room.roomNid, from: latest, stopAt, minDepth: query.minDepth, limit };
  const skip = new Set(latest);
  const nids = (await getAncestors(ctx.db, walk)).filter((nid) => !skip.has(nid));
  const rows = await shownRows(ctx, nids);
  rows.sort((a, b) => a.depth - b.depth || a.eventNid - b.eventNid);
  return pdusForServer(ctx, room, origin, rows);
}

/** State before an event and its auth chain, as JSON texts of events. @throws MatrixError 404, 403 */
export async function stateForServer(
  ctx: Context,
  origin: string,
  roomId: string,
  eventId: string,
): Promise<{ pdus: string[]; authChain: string[] }> {
  const room = await roomOfServer(ctx, roomId, origin);
  const { state, chain } = await stateBefore(ctx, room, eventId);
  const rows = await getPdus(ctx.db, [...new Set([...state, ...chain])]);
  const texts = new Map(rows.map((row) => [row.eventNid, pduText(row, room.version)]));
  const textsOf = (nids: number[]) => nids.flatMap((nid) => texts.get(nid) ?? []);
  return { pdus: textsOf(state), authChain: textsOf(chain) };
}

/** {@link stateForServer} by event ids. */
export async function stateIdsForServer(
  ctx: Context,
  origin: string,
  roomId: string,
  eventId: string,
): Promise<{ pduIds: string[]; authChainIds: string[] }> {
  const room = await roomOfServer(ctx, roomId, origin);
  const { state, chain } = await stateBefore(ctx, room, eventId);
  const ids = await getEventIds(ctx.db, [...new Set([...state, ...chain])]);
  const idsOf = (nids: number[]) => nids.flatMap((nid) => ids.get(nid) ?? []);
  return { pduIds: idsOf(state), authChainIds: idsOf(chain) };
}

/** The auth chain of an event, as JSON texts of events. @throws MatrixError 404, 403 */
export async function eventAuthForServer(
  ctx: Context,
  origin: string,
  roomId: string,
  eventId: string,
): Promise<string[]> {
  const room = await roomOfServer(ctx, roomId, origin);
  const event = await eventInRoom(ctx, room, eventId);
  const rows = await getPdus(ctx.db, await authChainOf(ctx, room, [event.eventNid]));
  return rows.map((row) => pduText(row, room.version));
}

/** The event nearest to a moment, for a server that looks for one (server-server API, `GET /timestamp_to_event`). */
export async function eventByTimeForServer(
  ctx: Context,
  origin: string,
  query: { roomId: string; ts: number; direction: 'b' | 'f' },
): Promise<{ eventId: string; originServerTs: number }> {
  const room = await roomOfServer(ctx, query.roomId, origin);
  const { ts, direction } = query;
  const [row] = await getEventsNearTime(ctx.db, { roomNid: room.roomNid, ts, direction, limit: 1, skip: 0 });
  if (!row) throw notFound(`There is no event ${direction === 'f' ? 'after' : 'before'} ${ts}.`);
  return { eventId: row.eventId, originServerTs: row.originServerTs };
}

/** Events as JSON texts, without their content where history is not visible to the server. */
export async function pdusForServer(ctx: Context, room: Room, origin: string, rows: PduRow[]): Promise<string[]> {
  const visible = await visibleToServer(ctx, origin, rows);
  return rows.map((row) => pduText(row, room.version, !visible.has(row.eventNid)));
}

async function stateBefore(ctx: Context, room: Room, eventId: string): Promise<{ state: number[]; chain: number[] }> {
  const event = await eventInRoom(ctx, room, eventId);
  const isCreate = event.type === 'm.room.create' && event.stateKey === '';
  const hasPlace = (event.flags & (EVENT_OUTLIER | EVENT_REJECTED)) === 0;
  if (!hasPlace || (event.stateGroup === null && !isCreate)) {
    throw notFound(`The state at event ${eventId} is not known.`);
  }
  const entries = event.stateGroup === null ? [] : await getEntriesOfWholeGroup(ctx.db, event.stateGroup);
  const state = entries.map((entry) => entry.eventNid);
  return { state, chain: await authChainOf(ctx, room, state) };
}

async function eventInRoom(ctx: Context, room: Room, eventId: string): Promise<PduRow> {
  const [row] = await getPdusById(ctx.db, [eventId]);
  if (row?.roomNid !== room.roomNid) throw notFound(`There is no event ${eventId} in room ${room.roomId}.`);
  return row;
}

async function nidsInRoom(ctx: Context, room: Room, eventIds: string[]): Promise<number[]> {
  const rows = await getPdusById(ctx.db, [...new Set(eventIds)]);
  return rows.filter((row) => row.roomNid === room.roomNid).map((row) => row.eventNid);
}

/** Rejected events are nobody's. Soft-failed ones are met only behind events that name them, and belong there. */
async function shownRows(ctx: Context, nids: number[]): Promise<PduRow[]> {
  const rows = await getPdus(ctx.db, nids);
  return rows.filter(({ flags }) => (flags & (EVENT_REJECTED | EVENT_OUTLIER)) === 0);
}
