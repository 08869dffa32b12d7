import { serverNameOf } from '../../spec/ids.ts';
import type { Context } from '../context.ts';
import { runEventReader } from '../events/event-reader.ts';
import { enforceGuestAccess } from './guest-access.ts';
import { currentContent, findRoom } from './room-lookup.ts';

/**
 * Puts guests out of rooms that users of other servers have closed to them; what local users do takes effect as they do it.
 * Returns the function that ends it.
 */
export function startGuestAccess(ctx: Context): () => Promise<void> {
  let rooms = new Set<string>();
  return runEventReader(ctx, {
    name: 'guest-access',
    concerns: (row) =>
      row.type === 'm.room.guest_access' && row.flags === 0 && serverNameOf(row.sender) !== ctx.serverName,
    async take(_q, rows) {
      rooms = new Set(rows.map((row) => row.roomId));
    },
    taken() {
      for (const roomId of rooms) void enforce(ctx, roomId);
    },
  });
}

async function enforce(ctx: Context, roomId: string): Promise<void> {
  try {
    const room = await findRoom(ctx, roomId);
    if (!room) return;
    const content = await currentContent(ctx, room.roomNid, 'm.room.guest_access');
    await enforceGuestAccess(ctx, room, content ?? {});
  } catch (error) {
    ctx.log.warn({ err: error, roomId }, 'guests could not be put out of a room');
  }
}
