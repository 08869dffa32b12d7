import { z } from 'zod';
import { inviteUser } from '../../../domain/rooms/membership.ts';
import { forbidden, missingParam } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { reasonContent } from './reason.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/invite';

/** Invites a user to a room. */
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
  }),
  async handle(ctx, { requester, params, body }) {
    const { roomId } = params as { roomId: string };
    if (body.user_id === undefined) {
      if (body.medium === undefined) throw missingParam('The body has no user_id.');
      throw forbidden('This server cannot invite by e-mail address or phone number: it uses no identity server.');
    }
    await inviteUser(ctx, requester, roomId, { userId: body.user_id, content: reasonContent(body.reason) });
    return {};
  },
});
