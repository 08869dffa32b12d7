import { z } from 'zod';
import { startUserRedaction } from '../../../domain/background/redact-user.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { isUserId } from '../../../spec/ids.ts';
import { getMembershipsOf } from '../../../storage/admin/users.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

const MOST_ROOMS = 10_000;

/** Starts to redact what a user has sent; without rooms, in all that the user ever was in. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/user/{userId}/redact',
  auth: 'admin',
  body: z.object({
    rooms: z.array(z.string()).max(MOST_ROOMS).default([]),
    reason: z.string().max(1_000).nullish(),
    limit: z.int().min(1, 'has to be positive').max(1_000_000).default(1_000),
    use_admin: z.boolean().default(false),
    after_ts: z.int().min(0).optional(),
  }),
  async handle(ctx, { params, body, requester }) {
    const { userId } = params as { userId: string };
    if (!isUserId(userId)) throw invalidParam('The path names no user.');
    const rooms =
      body.rooms.length > 0 ? body.rooms : (await getMembershipsOf(ctx.db, userId)).map((room) => room.roomId);
    const redaction = { userId, by: requester.userId, rooms, reason: body.reason ?? null, limit: body.limit };
    const useAdmin = body.use_admin;
    return { redact_id: await startUserRedaction(ctx, { ...redaction, useAdmin, after: body.after_ts ?? null }) };
  },
});
