import { LRUCache } from 'lru-cache';
import type { EventRow } from '../../storage/events/event-row.ts';

interface Timeline {
  /** Newest events, ascending; everything of the room after `floor` is here. */
  rows: EventRow[];
  floor: number;
}

const ROWS_PER_ROOM = 64;

/** Recent events of the rooms that something happens in, so that a sync after a message asks the database nothing. */
export class RoomTimelines {
  readonly #rooms: LRUCache<number, Timeline>;

  constructor(rooms = 20_000) {
    this.#rooms = new LRUCache({ max: rooms });
  }

  /** Takes in a row of the events stream. Rows come in order of position. */
  note(row: EventRow): void {
    const position = row.position as number;
    const timeline = this.#rooms.get(row.roomNid);
    if (!timeline) {
      this.#rooms.set(row.roomNid, { rows: [row], floor: position - 1 });
      return;
    }
    timeline.rows.push(row);
    if (timeline.rows.length > ROWS_PER_ROOM) {
      timeline.floor = timeline.rows[ROWS_PER_ROOM / 2 - 1]?.position as number;
      timeline.rows = timeline.rows.slice(ROWS_PER_ROOM / 2);
    }
  }

  /** A redaction took effect: rows that were shown before it are dropped, to be read anew. */
  forget(roomNid: number): void {
    this.#rooms.delete(roomNid);
  }

  /** Rows with `from < position <= to`, ascending; undefined when not all of them are here. */
  between(roomNid: number, from: number, to: number): EventRow[] | undefined {
    const timeline = this.#rooms.get(roomNid);
    if (!timeline || timeline.floor > from) return undefined;
    return timeline.rows.filter((row) => (row.position as number) > from && (row.position as number) <= to);
  }
}
