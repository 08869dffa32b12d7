import { forbidden } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { getJoinedGuests } from '../../storage/rooms/memberships.ts';
import type { Context } from '../context.ts';
import { currentContent, type Room } from './room-lookup.ts';

/**
 * Checks that guests may join a room.
 * @throws MatrixError 403 M_FORBIDDEN
 */
export async function checkGuestAccess(ctx: Context, room: Room): Promise<void> {
  const content = await currentContent(ctx, room.roomNid, 'm.room.guest_access');
  if (content?.['guest_access'] !== 'can_join') throw forbidden('The room does not admit guests.');
}

/** Lets the guests of this server leave a room that no longer admits any (client-server API, guest access). */
export async function enforceGuestAccess(ctx: Context, room: Room, content: JsonObject): Promise<void> {
  if (content['guest_access'] === 'can_join') return;
  for (const userId of await getJoinedGuests(ctx.db, room.roomNid)) {
    try {
      const event = { type: 'm.room.member', stateKey: userId, sender: userId, content: { membership: 'leave' } };
      await ctx.writers.events.send({ roomId: room.roomId, event });
    } catch (error) {
      ctx.log.warn({ err: error, roomId: room.roomId, userId }, 'a guest could not be taken out of a room');
    }
  }
}
