import { forbidden } from '../../spec/errors.ts';
import { isAllowedByAcl } from '../../spec/server-acl.ts';
import type { Context } from '../context.ts';
import { currentContent } from '../rooms/room-lookup.ts';

/** Whether a room's server access control list lets a server take part; so does a room without one. */
export async function isServerAllowed(ctx: Context, roomNid: number, serverName: string): Promise<boolean> {
  if (serverName === ctx.serverName) return true;
  const content = await currentContent(ctx, roomNid, 'm.room.server_acl');
  return content === undefined || isAllowedByAcl(content, serverName);
}

/** @throws MatrixError 403 M_FORBIDDEN for a server that the room's access control list keeps out */
export async function requireServerAllowed(ctx: Context, roomNid: number, serverName: string): Promise<void> {
  if (!(await isServerAllowed(ctx, roomNid, serverName))) {
    throw forbidden(`The room does not let the server ${serverName} take part.`);
  }
}
