import type { UnitName } from '../routing/unit-names.ts';

/** How many slots rooms are spread over. */
export const SLOT_COUNT = 64;

/** Shards of units that divide their work by destination or by user. */
const SHARD_COUNT = 16;

/** How many shards a unit's work has; each has one owner at a time. 1 for singletons. */
export function shardCount(unit: UnitName): number {
  if (unit === 'event-persister') return SLOT_COUNT;
  return unit === 'federation-sender' || unit === 'pusher' ? SHARD_COUNT : 1;
}
