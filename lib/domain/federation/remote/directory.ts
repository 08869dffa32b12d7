import { notFound } from '../../../spec/errors.ts';
import { isRoomId, isServerName, serverNameOf } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import { clientErrorOf } from '../federation-error.ts';
import { federationPath, withQuery } from '../federation-path.ts';

const MOST_SERVERS = 100;

/**
 * Resolves an alias of another server (server-server API, `GET /query/directory`).
 * @throws MatrixError 404 M_NOT_FOUND, 502 when the server can't be reached.
 */
export async function resolveRemoteAlias(ctx: Context, alias: string): Promise<{ roomId: string; servers: string[] }> {
  const what = `The room alias ${alias} can't be looked up`;
  const server = serverNameOf(alias) ?? '';
  try {
    const path = withQuery(federationPath`/v1/query/directory`, { room_alias: alias });
    const { room_id: roomId, servers } = await ctx.federation.client.json(server, { path, evenIfFailing: true });
    if (!isRoomId(roomId)) throw notFound(`The room alias ${alias} leads to no room.`);
    const named = Array.isArray(servers)
      ? servers.filter((name) => typeof name === 'string' && isServerName(name))
      : [];
    return { roomId, servers: [...new Set(named as string[])].slice(0, MOST_SERVERS) };
  } catch (error) {
    throw clientErrorOf(error, what);
  }
}

/**
 * Another server's room directory (server-server API, "Public Room Directory").
 * @param query the members of the request, of which those that are undefined are left out
 * @throws MatrixError its refusal, or 502.
 */
export async function listRemoteRooms(
  ctx: Context,
  server: string,
  query: {
    limit?: number | undefined;
    since?: string | undefined;
    network?: string | undefined;
    allNetworks?: boolean | undefined;
    filter?: JsonObject | undefined;
  },
): Promise<JsonObject> {
  const { limit, since, network, allNetworks, filter } = query;
  const path = federationPath`/v1/publicRooms`;
  const members = { limit, since, third_party_instance_id: network, include_all_networks: allNetworks };
  try {
    const answer = await ctx.federation.client.json(
      server,
      filter === undefined
        ? { path: withQuery(path, members), evenIfFailing: true }
        : { method: 'POST', path, content: JSON.parse(JSON.stringify({ ...members, filter })), evenIfFailing: true },
    );
    const { chunk, next_batch: next, prev_batch: previous, total_room_count_estimate: total } = answer;
    return {
      chunk: Array.isArray(chunk) ? chunk : [],
      ...(typeof next === 'string' ? { next_batch: next } : {}),
      ...(typeof previous === 'string' ? { prev_batch: previous } : {}),
      ...(typeof total === 'number' ? { total_room_count_estimate: total } : {}),
    };
  } catch (error) {
    throw clientErrorOf(error, `The room directory of ${server} can't be fetched`);
  }
}
