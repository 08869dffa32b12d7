import { LRUCache } from 'lru-cache';

const MOST_CREATORS = 10_000;
const last = new LRUCache<string, number>({ max: MOST_CREATORS });

/**
 * A time for a user's next room, later than that of the one before. Since room version 12 a room's id is the hash of its
 * create event, so two rooms that a user makes alike in the same millisecond would be one.
 */
export function creationTime(creator: string, now: number): number {
  const time = Math.max(now, (last.get(creator) ?? 0) + 1);
  last.set(creator, time);
  return time;
}
