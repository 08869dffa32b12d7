import type { JsonObject } from '../../spec/json.ts';
import type { Context } from '../context.ts';

/** What other servers say, and those that said nothing: server name → error. */
export interface RemoteAnswer {
  /** Members of the answer to be merged, each by user. */
  members: Record<string, JsonObject>;
  failures: Record<string, JsonObject>;
}

const UNREACHABLE = { status: 503, errcode: 'M_UNKNOWN', error: 'The server could not be reached.' };

/**
 * Asks other servers for keys of their users, each at most `timeoutMs`: the one place through which this module reaches
 * out. Talking to other servers is not built yet, so each of them counts as out of reach.
 */
export async function askServers(
  _ctx: Context,
  _what: 'query' | 'claim',
  servers: Map<string, Map<string, unknown>>,
  _timeoutMs: number,
): Promise<RemoteAnswer> {
  return { members: {}, failures: Object.fromEntries([...servers.keys()].map((server) => [server, UNREACHABLE])) };
}
