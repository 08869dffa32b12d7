import { LRUCache } from 'lru-cache';
import type { EventRow } from '../../storage/events/event-row.ts';
import type { SyncScope } from './sync-request.ts';

/** A member event that a device was told of. */
interface Told {
  eventNid: number;
  /** Place in the events stream to which that answer led: with a later token the device has got it. */
  at: number;
}

/**
 * Which members of a room a device has been told of, so that lazy loading does not repeat them in every sync
 * (client-server API, lazy-loading room members). Only a saving: whoever asks another instance is told once more.
 */
export class LazyMembers {
  readonly #rooms = new LRUCache<string, Map<string, Told>>({ max: 20_000 });

  /** The room is new to the device: whatever it was told before is gone. */
  startAnew(scope: SyncScope, roomNid: number): void {
    this.#rooms.delete(keyOf(scope, roomNid));
  }

  /**
   * Whether the device knows the member, by an answer that it has acknowledged with its token. Every later change of the
   * member is told as a change of state, so what it knows is current.
   */
  knows(scope: SyncScope, roomNid: number, userId: string): boolean {
    const told = this.#rooms.get(keyOf(scope, roomNid))?.get(userId);
    return told !== undefined && told.at <= scope.since.events;
  }

  /** Notes member events of an answer. */
  tell(scope: SyncScope, roomNid: number, rows: Iterable<EventRow>): void {
    const key = keyOf(scope, roomNid);
    let members = this.#rooms.get(key);
    for (const row of rows) {
      if (row.type !== 'm.room.member' || row.stateKey === null) continue;
      if (!members) {
        members = new Map();
        this.#rooms.set(key, members);
      }
      const told = members.get(row.stateKey);
      // The same event, told again before it was acknowledged, counts from the first time.
      if (told?.eventNid !== row.eventNid || told.at > scope.now.events)
        members.set(row.stateKey, { eventNid: row.eventNid, at: scope.now.events });
    }
  }
}

function keyOf(scope: SyncScope, roomNid: number): string {
  const { userId, deviceId, since } = scope.request;
  const origin = since ? (since.origin ?? 0) : scope.now.events;
  return `${userId} ${deviceId} ${origin} ${roomNid}`;
}
