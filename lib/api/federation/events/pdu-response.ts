import type { Context } from '../../../domain/context.ts';
import { jsonArray } from '../../../domain/federation/pdu-text.ts';
import { jsonResponse } from '../../http/json-response.ts';

/**
 * An answer with lists of events that are JSON texts already.
 * @param asTransaction with the server's name and the time
 */
export function pduResponse(ctx: Context, lists: Record<string, string[]>, asTransaction = false): Response {
  const members = Object.entries(lists).map(([name, texts]) => `${JSON.stringify(name)}:${jsonArray(texts)}`);
  if (asTransaction)
    members.push(`"origin":${JSON.stringify(ctx.serverName)}`, `"origin_server_ts":${ctx.clock.now()}`);
  return jsonResponse(200, `{${members.join(',')}}`);
}
