const TEXTS = [
  '',
  'a',
  '\0',
  '\ud800',
  '💥',
  'm.room.member',
  '!x:localhost',
  '@alice:localhost',
  '@x:y:z',
  '$x',
  'localhost',
  '-1',
  '0',
  '1e999',
  'true',
  'null',
  '{}',
  '[]',
  "' OR 1=1 --",
  '%',
  '\\',
  '../..',
  '__proto__',
  'constructor',
  'x'.repeat(300),
  'ﬀ',
  '\u202e',
];
const NUMBERS = [0, -1, 1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 1e300, 5e-324];

/** Random choices that a seed repeats. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }

  /** A text that something may trip over; always one that a URL can hold. */
  text(): string {
    return this.pick(TEXTS).toWellFormed();
  }

  /** What a query parameter may be given. */
  scalarText(): string {
    return this.chance(0.5) ? this.text() : String(this.pick(NUMBERS));
  }

  /** A JSON value, nested at most so deep. */
  json(depth: number): unknown {
    const kind = Math.floor(this.next() * (depth > 0 ? 7 : 5));
    if (kind === 0) return this.pick(NUMBERS);
    if (kind === 1) return this.pick([true, false, null]);
    if (kind <= 4) return this.pick(TEXTS);
    const size = Math.floor(this.next() * 4);
    if (kind === 5) return Array.from({ length: size }, () => this.json(depth - 1));
    return Object.fromEntries(Array.from({ length: size }, () => [this.pick(TEXTS), this.json(depth - 1)]));
  }
}
