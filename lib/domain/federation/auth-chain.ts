import { createEventIdFromRoomId } from '../../spec/events.ts';
import { getAuthChain, getPdusById } from '../../storage/federation/pdus.ts';
import type { Context } from '../context.ts';
import type { Room } from '../rooms/room-lookup.ts';

/**
 * Numeric ids of the auth chain of events (server-server API, "Retrieving event authorisation information"). The create
 * event belongs to it where `auth_events` leave it out, too.
 */
export async function authChainOf(ctx: Context, room: Room, eventNids: number[]): Promise<number[]> {
  const chain = await getAuthChain(ctx.db, eventNids);
  if (room.version.createInAuthEvents || eventNids.length === 0) return chain;
  const [create] = await getPdusById(ctx.db, [createEventIdFromRoomId(room.roomId)]);
  return create && !chain.includes(create.eventNid) ? [...chain, create.eventNid] : chain;
}
