import { z } from 'zod';
import { noteActivity } from '../../../domain/presence/note-activity.ts';
import { moveReceipt } from '../../../domain/receipts/move-receipt.ts';
import { requireJoined } from '../../../domain/rooms/room-lookup.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/read_markers';
const eventId = z.string().min(1).max(255).optional();

/** Moves the fully read marker and receipts at once (client-server API, fully read markers). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',
  body: z.looseObject({ 'm.fully_read': eventId, 'm.read': eventId, 'm.read.private': eventId }),
  async handle(ctx, { params, requester, body }) {
    const roomId = params['roomId'] as string;
    await requireJoined(ctx, roomId, requester.userId);
    for (const receiptType of ['m.read', 'm.read.private', 'm.fully_read'] as const) {
      const id = body[receiptType];
      if (id === undefined) continue;
      await moveReceipt(ctx, requester.userId, { roomId, receiptType, eventId: id, threadId: null });
    }
    noteActivity(ctx, requester);
    return {};
  },
});
