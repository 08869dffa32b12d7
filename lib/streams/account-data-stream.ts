import { getAccountDataStream } from '../storage/account-data/account-data.ts';
import { getStreamPosition } from '../storage/streams/positions.ts';
import type { StreamDefinition } from './stream.ts';

/** The account_data stream: global and room account data, by the account-data writer. */
export const accountDataStream: StreamDefinition<'account_data'> = {
  name: 'account_data',
  currentPosition: (db) => getStreamPosition(db, 'account_data'),
  async readBetween(db, from, to, limit) {
    const rows = await getAccountDataStream(db, from, to, limit);
    return { rows, to: rows.length < limit ? to : (rows.at(-1)?.position ?? to) };
  },
};
