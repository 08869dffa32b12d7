import { LRUCache } from 'lru-cache';
import { RecentRows } from './recent-rows.ts';

interface RoomRow {
  position: number | null;
  roomNid: number;
}

/** {@link RecentRows} by room, of the rooms that something happens in. */
export class RecentByRoom<Row extends RoomRow> {
  readonly #rooms: LRUCache<number, RecentRows<Row>>;
  readonly #perRoom: number;

  constructor(perRoom = 64, rooms = 20_000) {
    this.#perRoom = perRoom;
    this.#rooms = new LRUCache({ max: rooms });
  }

  /**
   * Takes in a row of the stream. Rows come in order of position.
   * @param floor of a row that the room begins with: 0, since there is nothing before it.
   */
  note(row: Row, floor?: number): void {
    let recent = this.#rooms.get(row.roomNid);
    if (!recent) {
      recent = new RecentRows(floor ?? (row.position as number) - 1, this.#perRoom);
      this.#rooms.set(row.roomNid, recent);
    }
    recent.note(row);
  }

  /** What is kept of a room has changed: it is read anew. */
  forget(roomNid: number): void {
    this.#rooms.delete(roomNid);
  }

  /** Rows with `from < position <= to`, ascending; undefined when not all of them are here. */
  between(roomNid: number, from: number, to: number): Row[] | undefined {
    return this.#rooms.get(roomNid)?.between(from, to);
  }
}
