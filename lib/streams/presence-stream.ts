import { getPresenceStream } from '../storage/presence/presence.ts';
import { getStreamPosition } from '../storage/streams/positions.ts';
import type { StreamDefinition } from './stream.ts';

/** The presence stream: how users are, by the presence writer. */
export const presenceStream: StreamDefinition<'presence'> = {
  name: 'presence',
  currentPosition: (db) => getStreamPosition(db, 'presence'),
  async readBetween(db, from, to, limit) {
    const rows = await getPresenceStream(db, from, to, limit);
    return { rows, to: rows.length < limit ? to : (rows.at(-1)?.position ?? to) };
  },
};
