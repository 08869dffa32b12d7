import { notFound } from '../../../spec/errors.ts';
import { getEvent } from '../../../storage/events/read-events.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** An event as it is stored, whoever may see it. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/fetch_event/{eventId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { eventId } = params as { eventId: string };
    const row = eventId.includes('\0') ? undefined : await getEvent(ctx.db, eventId);
    if (!row) throw notFound('There is no such event.');
    return { event: { ...JSON.parse(row.json), event_id: row.eventId, room_id: row.roomId } };
  },
});
