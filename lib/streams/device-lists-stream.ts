import { getDeviceListStream } from '../storage/device-lists/device-lists.ts';
import { getStreamPosition } from '../storage/streams/positions.ts';
import type { StreamDefinition } from './stream.ts';

/** The device_lists stream: whose devices or keys changed, by the to-device writer. */
export const deviceListsStream: StreamDefinition<'device_lists'> = {
  name: 'device_lists',
  currentPosition: (db) => getStreamPosition(db, 'device_lists'),
  async readBetween(db, from, to, limit) {
    const rows = await getDeviceListStream(db, from, to, limit);
    return { rows, to: rows.length < limit ? to : (rows.at(-1)?.position ?? to) };
  },
};
