import { z } from 'zod';
import { noteActivity } from '../../../domain/presence/note-activity.ts';
import { moveReceipt } from '../../../domain/receipts/move-receipt.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/receipt/{receiptType}/{eventId}';

/** Moves a receipt, or the fully read marker (client-server API, receipts). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',
  body: z.looseObject({ thread_id: z.string().min(1).max(255).optional() }),
  bodyOptional: true,
  async handle(ctx, { params, requester, body }) {
    const { roomId, receiptType, eventId } = params as { roomId: string; receiptType: string; eventId: string };
    await moveReceipt(ctx, requester.userId, { roomId, receiptType, eventId, threadId: body.thread_id ?? null });
    noteActivity(ctx, requester);
    return {};
  },
});
