import { MatrixError } from '../../../spec/errors.ts';
import { addHashesAndSignatures, type Pdu, referenceHash, type UnsignedPdu } from '../../../spec/events.ts';
import { randomEventId, serverNameOf } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { getEventsByNid } from '../../../storage/events/read-events.ts';
import type { MembershipRow } from '../../../storage/rooms/room-facts.ts';
import type { Context } from '../../context.ts';
import type { Room } from '../../rooms/room-lookup.ts';
import { prepareMembership } from './membership-template.ts';
import { sendLeave } from './send-membership.ts';
import { tryServers } from './try-servers.ts';

/**
 * Rejects an invite to a room that this server is not in, or takes a knock back, by way of a server that is in it
 * (server-server API, "Leaving rooms"). Where none helps, this server's user is rid of it all the same.
 * @param standing the invite or knock
 */
export async function leaveRemoteRoom(
  ctx: Context,
  room: Room,
  standing: MembershipRow,
  leave: { userId: string; servers: readonly string[]; content: JsonObject },
): Promise<void> {
  const { roomId } = room;
  const { userId, content } = leave;
  const inviting = standing.sender === userId ? [] : [serverNameOf(standing.sender) ?? ''];
  const servers = [...inviting, ...leave.servers, serverNameOf(roomId) ?? ''].filter((name) => name !== '');
  let event: JsonObject;
  try {
    event = await tryServers(ctx, servers, `Room ${roomId} can't be left`, async (server) => {
      const prepared = await prepareMembership(ctx, server, { roomId, userId, membership: 'leave', content });
      await sendLeave(ctx, server, roomId, prepared);
      return prepared.event.pdu as unknown as JsonObject;
    });
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    event = await ownLeave(ctx, room, standing, userId, content);
  }
  await ctx.writers.events.adopt({ roomId, roomVersion: room.version.id, event, origin: ctx.serverName });
}

/** A leave that no other server has: it follows the invite or knock that it ends. */
async function ownLeave(
  ctx: Context,
  { roomId, version }: Room,
  standing: MembershipRow,
  userId: string,
  content: JsonObject,
): Promise<JsonObject> {
  const [row] = await getEventsByNid(ctx.db, [standing.eventNid]);
  const before = row && (JSON.parse(row.json) as Pdu);
  const references = before && row ? [row.eventId] : [];
  const named =
    version.eventFormat === 'pairs' && before
      ? references.map((id): [string, { sha256: string }] => [id, { sha256: referenceHash(before, version) }])
      : references;
  const { serverName, key } = ctx.signer;
  const event: UnsignedPdu = {
    type: 'm.room.member',
    room_id: roomId,
    sender: userId,
    state_key: userId,
    content: { ...content, membership: 'leave' },
    depth: (before?.depth ?? 0) + 1,
    prev_events: named as string[],
    auth_events: named as string[],
    origin_server_ts: ctx.clock.now(),
    ...(version.eventIdFormat === 'domain' ? { event_id: randomEventId(serverName), origin: serverName } : {}),
  };
  return addHashesAndSignatures(event, version, serverName, key).pdu as unknown as JsonObject;
}
