import { z } from 'zod';
import { noteActivity } from '../../../domain/presence/note-activity.ts';
import { requireJoined } from '../../../domain/rooms/room-lookup.ts';
import { forbidden } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/typing/{userId}';
const DEFAULT_TIMEOUT_MS = 30_000;
const LONGEST_TIMEOUT_MS = 120_000;

/** Says that a user types, or has stopped (client-server API, typing notifications). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0', 'api/v1', 'unstable'),
  auth: 'guest',
  body: z.looseObject({ typing: z.boolean(), timeout: z.number().int().nonnegative().optional() }),
  async handle(ctx, { params, requester, body }) {
    const { roomId, userId } = params as { roomId: string; userId: string };
    if (userId !== requester.userId) throw forbidden('You can only type for yourself.');
    await requireJoined(ctx, roomId, userId);
    if (requester.shadowBanned) return {};
    const timeoutMs = Math.min(body.timeout ?? DEFAULT_TIMEOUT_MS, LONGEST_TIMEOUT_MS);
    await ctx.writers.typing.set({ roomId, userId, typing: body.typing, timeoutMs });
    if (body.typing) noteActivity(ctx, requester);
    return {};
  },
});
