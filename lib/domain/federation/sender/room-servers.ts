import { LRUCache } from 'lru-cache';
import type { Queryable } from '../../../storage/database.ts';
import type { EventRow } from '../../../storage/events/event-row.ts';
import { getServersInState, getServersOfRooms } from '../../../storage/federation/room-servers.ts';

type Standing = { joinedSince: number | null; lastLeft: number | null };

const MOST_ROOMS = 5_000;

/** Which other servers are in rooms, and were at a given event. Goes with the events stream. */
export class RoomServers {
  readonly #rooms = new LRUCache<number, Map<string, Standing>>({ max: MOST_ROOMS });

  /** What changed members of other servers puts a room out of date. */
  note(rows: readonly EventRow[], ownSuffix: string): void {
    for (const row of rows) {
      if (row.type === 'm.room.member' && !row.stateKey?.endsWith(ownSuffix)) this.#rooms.delete(row.roomNid);
    }
  }

  /** Reads several rooms at once. */
  async load(db: Queryable, roomNids: Iterable<number>): Promise<void> {
    const missing = [...new Set(roomNids)].filter((roomNid) => !this.#rooms.has(roomNid));
    if (missing.length === 0) return;
    const found = new Map<number, Map<string, Standing>>(missing.map((roomNid) => [roomNid, new Map()]));
    for (const { roomNid, server, ...standing } of await getServersOfRooms(db, missing)) {
      found.get(roomNid)?.set(server, standing);
    }
    for (const [roomNid, servers] of found) this.#rooms.set(roomNid, servers);
  }

  /** Other servers that are in a room now. */
  async current(db: Queryable, roomNid: number): Promise<string[]> {
    await this.load(db, [roomNid]);
    const servers = this.#rooms.get(roomNid) ?? new Map<string, Standing>();
    return [...servers].flatMap(([server, { joinedSince }]) => (joinedSince === null ? [] : [server]));
  }

  /**
   * Other servers that were in a room in the state before an event. Only where somebody came or went at that point or
   * later is the state itself read.
   */
  async before(db: Queryable, event: Pick<EventRow, 'roomNid' | 'position' | 'stateGroup'>): Promise<string[]> {
    await this.load(db, [event.roomNid]);
    const position = event.position as number;
    const sure: string[] = [];
    const unsure: string[] = [];
    for (const [server, { joinedSince, lastLeft }] of this.#rooms.get(event.roomNid) ?? []) {
      if (joinedSince !== null && joinedSince < position) sure.push(server);
      else if (joinedSince !== null || (lastLeft !== null && lastLeft >= position)) unsure.push(server);
    }
    if (unsure.length === 0 || event.stateGroup === null) return sure;
    return [...sure, ...(await getServersInState(db, event.stateGroup, unsure))];
  }
}
