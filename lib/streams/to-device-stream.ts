import { getStreamPosition } from '../storage/streams/positions.ts';
import { getToDeviceStream } from '../storage/to-device/to-device.ts';
import type { StreamDefinition } from './stream.ts';

/** The to_device stream: for whom messages wait, by the to-device writer. */
export const toDeviceStream: StreamDefinition<'to_device'> = {
  name: 'to_device',
  currentPosition: (db) => getStreamPosition(db, 'to_device'),
  async readBetween(db, from, to, limit) {
    const rows = await getToDeviceStream(db, from, to, limit);
    return { rows, to: rows.length < limit ? to : (rows.at(-1)?.position ?? to) };
  },
};
