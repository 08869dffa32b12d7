import { MatrixError, notFound } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Context } from '../context.ts';

/**
 * What another server has to do before something can happen here: the one place through which rooms reach out. Talking
 * to other servers is not built yet, so each of these says that the server could not be reached.
 */
function unreachable(what: string): MatrixError {
  return new MatrixError(502, 'M_UNKNOWN', `${what}: no other server could be reached.`);
}

/**
 * Joins a room that this server is not in, through one of these servers.
 * @throws MatrixError 404 M_NOT_FOUND when no server is named, 502 when none answers.
 */
export async function joinRemoteRoom(
  _ctx: Context,
  command: { roomId: string; userId: string; servers: string[]; content: JsonObject },
): Promise<{ roomId: string }> {
  if (command.servers.length === 0) {
    throw notFound(`Room ${command.roomId} is not known here, and no server that is in it was named.`);
  }
  throw unreachable(`Room ${command.roomId} can't be joined`);
}

/** Knocks on a room that this server is not in. Errors as of {@link joinRemoteRoom}. */
export async function knockOnRemoteRoom(
  _ctx: Context,
  command: { roomId: string; userId: string; servers: string[]; content: JsonObject },
): Promise<{ roomId: string }> {
  if (command.servers.length === 0) {
    throw notFound(`Room ${command.roomId} is not known here, and no server that is in it was named.`);
  }
  throw unreachable(`Nobody can knock on room ${command.roomId}`);
}

/** Asks the server of a user whether it takes an invite, and gets it signed. */
export async function offerRemoteInvite(_ctx: Context, userId: string): Promise<void> {
  throw unreachable(`${userId} can't be invited`);
}

/** Resolves an alias of another server. */
export async function resolveRemoteAlias(_ctx: Context, alias: string): Promise<{ roomId: string; servers: string[] }> {
  throw unreachable(`The room alias ${alias} can't be looked up`);
}

/** Asks another server for its room directory. */
export async function listRemoteRooms(_ctx: Context, server: string): Promise<JsonObject> {
  throw unreachable(`The room directory of ${server} can't be fetched`);
}

/** Asks another server for the profile of one of its users. */
export async function fetchRemoteProfile(_ctx: Context, userId: string): Promise<JsonObject> {
  throw unreachable(`The profile of ${userId} can't be fetched`);
}
