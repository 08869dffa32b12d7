import { getEventsBetween } from '../storage/events/read-events.ts';
import { getStreamPosition } from '../storage/streams/positions.ts';
import type { StreamDefinition } from './stream.ts';

/** The events stream: every event that has a position, by the event persisters. */
export const eventsStream: StreamDefinition<'events'> = {
  name: 'events',
  currentPosition: (db) => getStreamPosition(db, 'events'),
  async readBetween(db, from, to, limit) {
    const rows = await getEventsBetween(db, from, to, limit);
    return { rows, to: rows.length < limit ? to : (rows.at(-1)?.position ?? to) };
  },
};
