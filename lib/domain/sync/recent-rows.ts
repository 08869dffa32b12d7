/**
 * The newest rows of a stream (or of one key's part of it), so that a reader who is nearly up to date is answered
 * without the database. Everything after the floor is here.
 */
export class RecentRows<Row extends { position: number | null }> {
  #rows: Row[] = [];
  #floor: number;
  readonly #most: number;

  /** @param floor nothing before this place is here. @param most rows kept; half of them go when there are more. */
  constructor(floor: number, most: number) {
    this.#floor = floor;
    this.#most = most;
  }

  /** Adds a row. Rows come in order of position. */
  note(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length <= this.#most) return;
    const cut = this.#rows.length >> 1;
    this.#floor = this.#rows[cut - 1]?.position as number;
    this.#rows = this.#rows.slice(cut);
  }

  /** Rows with `from < position <= to`, ascending; undefined when not all of them are here. */
  between(from: number, to: number): Row[] | undefined {
    if (from < this.#floor) return undefined;
    const rows = this.#rows;
    let end = rows.length;
    while (end > 0 && (rows[end - 1]?.position as number) > to) end--;
    let start = end;
    while (start > 0 && (rows[start - 1]?.position as number) > from) start--;
    return rows.slice(start, end);
  }
}
