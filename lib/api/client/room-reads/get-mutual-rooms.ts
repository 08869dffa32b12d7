import { z } from 'zod';
import { mutualRooms } from '../../../domain/timeline/mutual-rooms.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { textParameter } from './query.ts';

/** Rooms that the user shares with another one. The unstable path knows its tokens by other names. */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/v1/mutual_rooms',
  aliases: ['/_matrix/client/unstable/uk.half-shot.msc2666/user/mutual_rooms'],
  auth: 'user',
  query: z.object({ user_id: z.string('has to be given once'), from: textParameter, batch_token: textParameter }),
  async handle(ctx, { query, rawUri, requester }) {
    const unstable = rawUri.includes('/unstable/');
    const from = unstable ? (query.batch_token ?? query.from) : query.from;
    const { roomIds, count, nextBatch } = await mutualRooms(ctx, requester.userId, query.user_id, from);
    const answer = { joined: roomIds, count };
    if (nextBatch === undefined) return answer;
    return { ...answer, [unstable ? 'next_batch_token' : 'next_batch']: nextBatch };
  },
});
