import { z } from 'zod';
import { inviteUser } from '../../../domain/rooms/membership.ts';
import { inviteThreepid, threepidInviteOf } from '../../../domain/threepids/invite-threepid.ts';
import { missingParam } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { reasonContent } from './reason.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/invite';

/** Invites a user to a room, by user id or by an identifier that an identity server knows. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  rateLimit: 'invite',
  allowSuspended: false,
  body: z.object({
    user_id: z.string().optional(),
    reason: z.string().nullish(),
    medium: z.string().optional(),
    address: z.string().optional(),
    id_server: z.string().optional(),
    id_access_token: z.string().optional(),
  }),
  async handle(ctx, { requester, params, body }) {
    const { roomId } = params as { roomId: string };
    if (body.user_id === undefined) {
      if (body.medium === undefined) throw missingParam('The body has no user_id.');
      const { user_id: _userId, reason, ...invite } = body;
      await inviteThreepid(ctx, requester, roomId, { ...threepidInviteOf(invite), content: reasonContent(reason) });
      return {};
    }
    await inviteUser(ctx, requester, roomId, { userId: body.user_id, content: reasonContent(body.reason) });
    return {};
  },
});
