import { getCacheChanges } from '../storage/streams/cache-changes.ts';
import { getStreamPosition } from '../storage/streams/positions.ts';
import type { StreamDefinition } from './stream.ts';

/** Kind of a row that puts every cached value out of date: the reader was away for too long. */
export const EVERYTHING = '*';

/** The caches stream: what processes that keep changing values in memory have to forget. */
export const cachesStream: StreamDefinition<'caches'> = {
  name: 'caches',
  currentPosition: (db) => getStreamPosition(db, 'caches'),
  async readBetween(db, from, to, limit) {
    const rows = await getCacheChanges(db, from, to, limit);
    const end = rows.length < limit ? to : (rows.at(-1)?.position ?? to);
    // Positions have no holes, so a missing first row was pruned.
    const [first] = rows;
    if (first === undefined || first.position > from + 1) {
      rows.unshift({ position: from + 1, kind: EVERYTHING, key: EVERYTHING });
    }
    return { rows, to: end };
  },
};
