import { getReceiptStream } from '../storage/receipts/receipts.ts';
import { getStreamPosition } from '../storage/streams/positions.ts';
import type { StreamDefinition } from './stream.ts';

/** The receipts stream: the newest receipt of each kind, by the receipts writer. */
export const receiptsStream: StreamDefinition<'receipts'> = {
  name: 'receipts',
  currentPosition: (db) => getStreamPosition(db, 'receipts'),
  async readBetween(db, from, to, limit) {
    const rows = await getReceiptStream(db, from, to, limit);
    return { rows, to: rows.length < limit ? to : (rows.at(-1)?.position ?? to) };
  },
};
