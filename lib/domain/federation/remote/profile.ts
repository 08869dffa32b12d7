import { serverNameOf } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import { clientErrorOf } from '../federation-error.ts';
import { federationPath, withQuery } from '../federation-path.ts';

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 256 * 1024;

/**
 * The profile of a user of another server (server-server API, `GET /query/profile`).
 * @param field one field only
 * @throws MatrixError 404 M_NOT_FOUND for a user that the server does not know, 502 when it can't be reached.
 */
export async function fetchRemoteProfile(ctx: Context, userId: string, field?: string): Promise<JsonObject> {
  const path = withQuery(federationPath`/v1/query/profile`, { user_id: userId, field });
  try {
    return await ctx.federation.client.json(serverNameOf(userId) ?? '', {
      path,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MOST_BYTES,
    });
  } catch (error) {
    throw clientErrorOf(error, `The profile of ${userId} can't be fetched`);
  }
}
