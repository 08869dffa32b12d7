import { LRUCache } from 'lru-cache';
import type { EventRow } from '../../storage/events/event-row.ts';
import type { RoomSlice } from './joined-rooms.ts';
import { redundantMembers } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

/**
 * Which member events a device has been told of, so that lazy loading does not repeat them in every sync (client-server
 * API, lazy-loading room members). Only a saving: whoever asks another instance is told once more.
 */
export class LazyMembers {
  readonly #told = new LRUCache<string, Map<string, number>>({ max: 20_000 });

  /** State without the members that the device knows already. An initial sync starts anew. */
  onlyNew(scope: SyncScope, slice: RoomSlice, state: EventRow[]): EventRow[] {
    const key = `${scope.request.userId} ${scope.request.deviceId} ${slice.work.room.roomNid}`;
    if (slice.work.fresh) this.#told.delete(key);
    const told = this.#told.get(key) ?? new Map<string, number>();
    const redundant = redundantMembers(scope.request.filter);
    const inTimeline = new Set(slice.timeline.map(({ row }) => row.sender));
    const kept = state.filter((row) => {
      if (row.type !== 'm.room.member' || row.stateKey === null) return true;
      const known = told.get(row.stateKey) === row.eventNid;
      told.set(row.stateKey, row.eventNid);
      // What changed is always told; a member who merely speaks again is not.
      return redundant || !known || !inTimeline.has(row.stateKey);
    });
    for (const { row } of slice.timeline) {
      if (row.type === 'm.room.member' && row.stateKey !== null) told.set(row.stateKey, row.eventNid);
    }
    this.#told.set(key, told);
    return kept;
  }
}
