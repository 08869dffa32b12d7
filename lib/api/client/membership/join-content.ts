import type { Context } from '../../../domain/context.ts';
import { acceptThreepidInvite } from '../../../domain/threepids/accept-invite.ts';
import { badJson } from '../../../spec/errors.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';

/**
 * What the body of a join or knock adds to the membership event: `reason`, and members of the client's own.
 * @throws MatrixError 400 M_BAD_JSON
 */
export function joinContent(body: JsonObject): JsonObject {
  const { membership: _membership, third_party_signed: _signed, reason, ...others } = body;
  if (reason === undefined || reason === null) return others;
  if (typeof reason !== 'string') throw badJson('reason must be a string.');
  return { ...others, reason };
}

/** Servers that the query names: `via`, or `server_name` as it was called before. */
export function viaServers(searchParams: URLSearchParams): string[] {
  const via = searchParams.getAll('via');
  return (via.length > 0 ? via : searchParams.getAll('server_name')).slice(0, 20);
}

/**
 * Makes an invite of the `third_party_signed` in the body of a join, if there is one.
 * @throws MatrixError 400 M_BAD_JSON, 403 M_FORBIDDEN
 */
export async function acceptSigned(ctx: Context, userId: string, roomId: string, body: JsonObject): Promise<void> {
  const signed = body['third_party_signed'];
  if (signed === undefined || signed === null) return;
  if (!isJsonObject(signed)) throw badJson('third_party_signed must be an object.');
  await acceptThreepidInvite(ctx, roomId, userId, signed);
}
