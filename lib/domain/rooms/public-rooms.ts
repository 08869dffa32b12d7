import { Buffer } from 'node:buffer';
import { forbidden, invalidParam, notFound } from '../../spec/errors.ts';
import { isServerName } from '../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { getRoomFlags, setRoomPublic } from '../../storage/rooms/room-flags.ts';
import {
  countListed,
  getListedRoomsToSummarise,
  getListing,
  getOutdatedByRedaction,
  type ListingQuery,
  type RoomSummaryRow,
} from '../../storage/rooms/room-summaries.ts';
import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';
import { listRemoteRooms } from '../federation/remote/directory.ts';
import { findRoom, membershipOf, powerLevelsOf } from './room-lookup.ts';
import { refreshSummaries } from './room-summary.ts';

/** What is asked of the room directory. */
export interface DirectoryQuery {
  /** Another server's directory. */
  server?: string | undefined;
  /** Most rooms of one answer; 0 leaves it to the server. */
  limit?: number | undefined;
  /** Token of an answer before. */
  since?: string | undefined;
  search?: string | undefined;
  roomTypes?: (string | null)[] | undefined;
  /** Rooms of one bridged network only. */
  network?: string | undefined;
  allNetworks?: boolean;
}

const MOST_ROOMS = 1_000;

/**
 * A page of the room directory (client-server API, published room directory), rooms with most members first.
 * @throws MatrixError 400 M_INVALID_PARAM, 502 where another server can't be reached.
 */
export async function listPublicRooms(ctx: Context, query: DirectoryQuery): Promise<JsonObject> {
  if (query.server !== undefined && query.server !== ctx.serverName) {
    if (!isServerName(query.server)) throw invalidParam('server is not the name of a server.');
    return listRemoteRooms(ctx, query.server, { ...query, filter: filterOf(query) });
  }
  if (query.network !== undefined) {
    if (query.allNetworks) throw invalidParam('include_all_networks and third_party_instance_id exclude each other.');
    return { chunk: [], total_room_count_estimate: 0 };
  }
  await refreshSummaries(ctx, await getListedRoomsToSummarise(ctx.db));
  const limit = Math.min(query.limit || MOST_ROOMS, MOST_ROOMS);
  const from = query.since === undefined ? null : parseToken(query.since);
  const search = query.search?.replaceAll('\0', '').trim() || null;
  // One more than asked for says whether there are any further.
  const listing = { search, roomTypes: query.roomTypes ?? null, from, limit: limit + 1 };
  const rows = await freshListing(ctx, listing);
  const back = from?.direction === 'before';
  const more = rows.length > limit;
  const page = more ? (back ? rows.slice(1) : rows.slice(0, limit)) : rows;
  const answer: JsonObject = { chunk: page.map(publicRoom), total_room_count_estimate: await countListed(ctx.db) };
  const first = page[0];
  const last = page.at(-1);
  if (last && (back || more)) answer['next_batch'] = token('after', last);
  if (first && (back ? more : from !== null)) answer['prev_batch'] = token('before', first);
  return answer;
}

/** The filter of a query as other servers want it; undefined when it filters nothing. */
function filterOf({ search, roomTypes }: DirectoryQuery): JsonObject | undefined {
  if (search === undefined && roomTypes === undefined) return undefined;
  return {
    ...(search === undefined ? {} : { generic_search_term: search }),
    ...(roomTypes === undefined ? {} : { room_types: roomTypes }),
  };
}

/** The page, made again when a redaction has changed what it says. */
async function freshListing(ctx: Context, listing: ListingQuery): Promise<RoomSummaryRow[]> {
  const rows = await getListing(ctx.db, listing);
  const outdated = await getOutdatedByRedaction(
    ctx.db,
    rows.map((row) => row.roomNid),
  );
  if (outdated.length === 0) return rows;
  await refreshSummaries(ctx, outdated);
  return getListing(ctx.db, listing);
}

/** An entry of the directory. */
export function publicRoom(row: RoomSummaryRow): JsonObject {
  const room: JsonObject = {
    room_id: row.roomId,
    num_joined_members: row.joinedMembers,
    world_readable: row.historyVisibility === 'world_readable',
    guest_can_join: row.guestCanJoin,
    join_rule: row.joinRule,
  };
  if (row.name !== null) room['name'] = row.name;
  if (row.topic !== null) room['topic'] = row.topic;
  if (row.avatarUrl !== null) room['avatar_url'] = row.avatarUrl;
  if (row.canonicalAlias !== null) room['canonical_alias'] = row.canonicalAlias;
  if (row.roomType !== null) room['room_type'] = row.roomType;
  return room;
}

/** Whether the directory lists a room. @throws MatrixError 404 M_NOT_FOUND */
export async function isListed(ctx: Context, roomId: string): Promise<boolean> {
  const room = await findRoom(ctx, roomId);
  const flags = room && (await getRoomFlags(ctx.db, room.roomNid));
  if (!flags) throw notFound(`There is no room ${roomId} on this server.`);
  return flags.isPublic;
}

/**
 * Lists a room in the directory or takes it out: for those who may change its canonical alias, and administrators.
 * @throws MatrixError 403 M_FORBIDDEN, 404 M_NOT_FOUND.
 */
export async function setListed(ctx: Context, requester: Requester, roomId: string, listed: boolean): Promise<void> {
  const room = await findRoom(ctx, roomId);
  if (!room) throw notFound(`There is no room ${roomId} on this server.`);
  const { userId } = requester;
  if (!requester.isAdmin) {
    const joined = (await membershipOf(ctx, room.roomNid, userId)) === 'join';
    const levels = await powerLevelsOf(ctx, room);
    if (!joined || levels.userLevel(userId) < levels.eventLevel('m.room.canonical_alias', true)) {
      throw forbidden("You don't have permission to change the room's entry in the directory.");
    }
  }
  await setRoomPublic(ctx.db, room.roomNid, listed);
}

function token(direction: 'after' | 'before', row: RoomSummaryRow): string {
  return Buffer.from(JSON.stringify({ d: direction, m: row.joinedMembers, r: row.roomId })).toString('base64url');
}

function parseToken(since: string): ListingQuery['from'] {
  try {
    const value: unknown = JSON.parse(Buffer.from(since, 'base64url').toString());
    if (isJsonObject(value)) {
      const { d: direction, m: joinedMembers, r: roomId } = value;
      const isDirection = direction === 'after' || direction === 'before';
      if (isDirection && Number.isSafeInteger(joinedMembers) && typeof roomId === 'string' && !roomId.includes('\0')) {
        return { direction, joinedMembers: joinedMembers as number, roomId };
      }
    }
  } catch {
    // Said below.
  }
  throw invalidParam('since is not a token of this server.');
}
