import type { Pdu } from '../../../spec/events.ts';
import { serverNameOf } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { StagingRoom } from '../../../storage/federation/rooms.ts';
import { getMembership } from '../../../storage/rooms/room-facts.ts';
import type { Context } from '../../context.ts';

/**
 * Takes the end of an invite or a knock in, of a room that this server is not in: it cannot check what allows it, and
 * believes the server that invited, or that was knocked at. False for every other event.
 */
export async function takeWithdrawal(ctx: Context, origin: string, room: StagingRoom, pdu: Pdu): Promise<boolean> {
  const userId = pdu.state_key;
  if (pdu.type !== 'm.room.member' || userId === undefined || serverNameOf(userId) !== ctx.serverName) return false;
  const { membership } = pdu.content;
  if (membership !== 'leave' && membership !== 'ban') return false;
  const before = await getMembership(ctx.db, room.roomNid, userId);
  if (before?.membership !== 'invite' && before?.membership !== 'knock') return false;
  if (before.membership === 'invite' && serverNameOf(before.sender) !== origin) return false;
  const { roomId, roomVersion } = room;
  await ctx.writers.events.adopt({ roomId, roomVersion, event: pdu as unknown as JsonObject, origin });
  return true;
}
