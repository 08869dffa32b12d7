import { forbidden, MatrixError, notFound, unknown } from '../../spec/errors.ts';
import { serverNameOf } from '../../spec/ids.ts';
import { getServersInRoom } from '../../storage/rooms/memberships.ts';
import { deleteRoomAlias, getAliasesOfRoom, getRoomAlias, insertRoomAlias } from '../../storage/rooms/room-aliases.ts';
import type { Requester } from '../accounts/requester.ts';
import type { Context } from '../context.ts';
import { resolveRemoteAlias } from '../federation/remote/directory.ts';
import { checkAlias, checkNewAlias } from './alias-name.ts';
import { withoutAlias } from './canonical-alias.ts';
import { currentContent, findRoom, getRoom, membershipOf, powerLevelsOf } from './room-lookup.ts';

const MOST_SERVERS = 100;

/**
 * The room that an alias names and servers that are in it, this one first.
 * @throws MatrixError 400 M_INVALID_PARAM, 404 M_NOT_FOUND, 502 where another server would have to be asked and can't.
 */
export async function resolveAlias(ctx: Context, alias: string): Promise<{ roomId: string; servers: string[] }> {
  checkAlias(alias);
  if (serverNameOf(alias) !== ctx.serverName) return resolveRemoteAlias(ctx, alias);
  const row = await getRoomAlias(ctx.db, alias);
  if (!row) throw notFound(`The room alias ${alias} does not exist.`);
  const servers = await getServersInRoom(ctx.db, row.roomNid, MOST_SERVERS);
  const own = servers.includes(ctx.serverName) ? [ctx.serverName] : [];
  return { roomId: row.roomId, servers: [...own, ...servers.filter((server) => server !== ctx.serverName)] };
}

/**
 * Gives a room an alias of this server.
 * @throws MatrixError 400 M_INVALID_PARAM, 403 for those who are not in the room, 409 M_ROOM_IN_USE.
 */
export async function createAlias(ctx: Context, requester: Requester, alias: string, roomId: string): Promise<void> {
  checkNewAlias(ctx, alias);
  const room = await findRoom(ctx, roomId);
  if (!room) throw unknown(`There is no room ${roomId} on this server.`);
  const joined = (await membershipOf(ctx, room.roomNid, requester.userId)) === 'join';
  if (!joined && !requester.isAdmin && requester.appserviceId === undefined) {
    throw forbidden('You must be in the room to give it an alias.');
  }
  const row = { alias, roomNid: room.roomNid, creator: requester.userId, now: ctx.clock.now() };
  if (!(await insertRoomAlias(ctx.db, row))) {
    throw new MatrixError(409, 'M_ROOM_IN_USE', `The room alias ${alias} is taken.`);
  }
}

/**
 * Removes an alias of this server, and takes it out of the room's `m.room.canonical_alias` where the user may. Allowed to
 * who made it, to who may change the room's canonical alias, and to administrators.
 * @throws MatrixError 403 M_FORBIDDEN, 404 M_NOT_FOUND.
 */
export async function removeAlias(ctx: Context, requester: Requester, alias: string): Promise<void> {
  checkAlias(alias);
  if (serverNameOf(alias) !== ctx.serverName) throw unknown(`The room alias ${alias} is not of this server.`);
  const row = await getRoomAlias(ctx.db, alias);
  if (!row) throw notFound(`The room alias ${alias} does not exist.`);
  const room = await getRoom(ctx, row.roomId);
  const { userId } = requester;
  if (row.creator !== userId && !requester.isAdmin) {
    const joined = (await membershipOf(ctx, room.roomNid, userId)) === 'join';
    const levels = await powerLevelsOf(ctx, room);
    if (!joined || levels.userLevel(userId) < levels.eventLevel('m.room.canonical_alias', true)) {
      throw forbidden(`You don't have permission to remove the room alias ${alias}.`);
    }
  }
  if (!(await deleteRoomAlias(ctx.db, alias))) throw notFound(`The room alias ${alias} does not exist.`);
  const content = withoutAlias((await currentContent(ctx, room.roomNid, 'm.room.canonical_alias')) ?? {}, alias);
  if (!content) return;
  try {
    const event = { type: 'm.room.canonical_alias', stateKey: '', sender: userId, content };
    await ctx.writers.events.send({ roomId: room.roomId, event });
  } catch (error) {
    // The alias is gone all the same (client-server API, room aliases).
    if (!(error instanceof MatrixError && error.errcode === 'M_FORBIDDEN')) throw error;
  }
}

/**
 * This server's aliases of a room, for its members, for administrators, and for everybody where the room is world readable.
 * @throws MatrixError 403 M_FORBIDDEN
 */
export async function aliasesOfRoom(ctx: Context, requester: Requester, roomId: string): Promise<string[]> {
  const room = await getRoom(ctx, roomId);
  const joined = (await membershipOf(ctx, room.roomNid, requester.userId)) === 'join';
  if (!joined && !requester.isAdmin) {
    const visibility = (await currentContent(ctx, room.roomNid, 'm.room.history_visibility'))?.['history_visibility'];
    if (visibility !== 'world_readable') throw forbidden(`You are not in room ${roomId}.`);
  }
  return getAliasesOfRoom(ctx.db, room.roomNid);
}
