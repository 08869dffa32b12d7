import type { UnitName } from '../routing/unit-names.ts';

/** How many slots rooms are spread over. */
export const SLOT_COUNT = 64;

/** Shards of units that divide their work by destination or by user. */
const SHARD_COUNT = 16;

/** The shard of a destination or user. The same on every machine and for ever. */
export function shardOf(name: string, count: number = SHARD_COUNT): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % count;
}

/** How many shards a unit's work has; each has one owner at a time. 1 for singletons. */
export function shardCount(unit: UnitName): number {
  if (unit === 'event-persister') return SLOT_COUNT;
  return unit === 'federation-sender' || unit === 'pusher' ? SHARD_COUNT : 1;
}
