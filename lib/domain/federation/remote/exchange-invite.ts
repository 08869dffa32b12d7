import { serverNameOf } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import { clientErrorOf } from '../federation-error.ts';
import { federationPath } from '../federation-path.ts';

/**
 * Has the inviter's server make an invite of a third-party invite that turned out to be for a user of this server
 * (server-server API, `PUT /exchange_third_party_invite`).
 * @throws MatrixError what that server refuses with, or 502
 */
export async function exchangeThreepidInvite(
  ctx: Context,
  roomId: string,
  { sender, userId, signed }: { sender: string; userId: string; signed: JsonObject },
): Promise<void> {
  const content: JsonObject = {
    type: 'm.room.member',
    room_id: roomId,
    sender,
    state_key: userId,
    content: { membership: 'invite', third_party_invite: { display_name: '', signed } },
  };
  try {
    const path = federationPath`/v1/exchange_third_party_invite/${roomId}`;
    await ctx.federation.client.json(serverNameOf(sender) ?? '', { method: 'PUT', path, content });
  } catch (error) {
    throw clientErrorOf(error, `The third-party invite to ${roomId} can't be exchanged`);
  }
}
