import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { clientEvent } from '../../../domain/events/client-event.ts';
import { findRoom } from '../../../domain/rooms/room-lookup.ts';
import { viewerOf } from '../../../domain/timeline/show-events.ts';
import { notFound } from '../../../spec/errors.ts';
import { getWholeCurrentState } from '../../../storage/rooms/room-facts.ts';

/** Current state of a room. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/rooms/{roomId}/state',
  auth: 'admin',
  async handle(ctx, { params, requester }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const room = await findRoom(ctx, p.roomId);
    if (!room) throw notFound('There is no such room.');
    const viewer = viewerOf(ctx, requester);
    const rows = await getWholeCurrentState(ctx.db, room.roomNid);
    return { state: rows.map((row) => clientEvent(row, viewer)) };
  },
});
