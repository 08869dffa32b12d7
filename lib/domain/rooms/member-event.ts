import type { JsonObject } from '../../spec/json.ts';
import type { SendResult } from '../../streams/writers.ts';
import type { Context } from '../context.ts';
import { inviteRemoteUser } from '../federation/remote/invite-user.ts';
import { isLocal } from '../profiles/profile.ts';
import { checkEvent } from './check-event.ts';
import type { Room } from './room-lookup.ts';

/** A membership event that is to be sent. */
export interface MemberEvent {
  sender: string;
  /** Whose membership it is. */
  userId: string;
  content: JsonObject;
}

/** Sends a membership event. @throws MatrixError 403 M_FORBIDDEN where the auth rules refuse it. */
export async function sendMember(
  ctx: Context,
  room: Room,
  { sender, userId, content }: MemberEvent,
): Promise<SendResult> {
  checkEvent({ type: 'm.room.member', stateKey: userId, content }, room.version, room);
  const event = { type: 'm.room.member', stateKey: userId, sender, content };
  return ctx.writers.events.send({ roomId: room.roomId, event });
}

/** Sends an invite; one for a user of another server goes by that server first. @throws MatrixError 403, 502 */
export async function sendInvite(ctx: Context, room: Room, invite: MemberEvent): Promise<{ eventId: string }> {
  if (isLocal(ctx, invite.userId)) return sendMember(ctx, room, invite);
  checkEvent({ type: 'm.room.member', stateKey: invite.userId, content: invite.content }, room.version, room);
  return inviteRemoteUser(ctx, room, invite);
}

/** Content of a membership event with an optional reason. */
export function memberContent(membership: string, reason?: string | null): JsonObject {
  return typeof reason === 'string' ? { membership, reason } : { membership };
}
