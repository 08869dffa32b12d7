import type { Queryable } from '../../storage/database.ts';
import { takeIdBlock } from '../../storage/rooms/room-head.ts';
import type { IdSource } from './room-actor.ts';

const EVENT_BLOCK = 1_000;
const GROUP_BLOCK = 100;

/** Hands out numeric ids from blocks, so that planning an event never waits for the database. */
export class IdBlocks implements IdSource {
  readonly #db: Queryable;
  #events: { next: number; end: number }[] = [];
  #groups: { next: number; end: number }[] = [];
  #filling: Promise<void> | undefined;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Whether so many ids are at hand now. Whoever waits after asking has to ask again. */
  has(events: number, groups: number): boolean {
    const eventsLeft = left(this.#events);
    const groupsLeft = left(this.#groups);
    // The next block is fetched while there is still something left, so that nobody waits for it.
    if (eventsLeft < EVENT_BLOCK / 2 || groupsLeft < GROUP_BLOCK / 2) this.#fillAhead();
    return eventsLeft >= events && groupsLeft >= groups;
  }

  /** Fetches ids until so many are at hand; another caller may take them first, so ask {@link has} afterwards. */
  async reserve(events: number, groups: number): Promise<void> {
    while (left(this.#events) < events || left(this.#groups) < groups) {
      this.#filling ??= this.#fill(events, groups).finally(() => {
        this.#filling = undefined;
      });
      await this.#filling;
    }
    this.has(events, groups);
  }

  nextEventNid(): number {
    return take(this.#events);
  }

  nextStateGroup(): number {
    return take(this.#groups);
  }

  #fillAhead(): void {
    this.#filling ??= this.#fill(EVENT_BLOCK / 2, GROUP_BLOCK / 2)
      .catch(() => {})
      .finally(() => {
        this.#filling = undefined;
      });
  }

  async #fill(events: number, groups: number): Promise<void> {
    while (left(this.#events) < events) {
      const first = await takeIdBlock(this.#db, 'event_nids');
      this.#events.push({ next: first, end: first + EVENT_BLOCK });
    }
    while (left(this.#groups) < groups) {
      const first = await takeIdBlock(this.#db, 'state_group_ids');
      this.#groups.push({ next: first, end: first + GROUP_BLOCK });
    }
  }
}

function left(blocks: { next: number; end: number }[]): number {
  let sum = 0;
  for (const block of blocks) sum += block.end - block.next;
  return sum;
}

function take(blocks: { next: number; end: number }[]): number {
  const block = blocks[0];
  if (!block) throw new Error('no ids were reserved');
  const id = block.next++;
  if (block.next === block.end) blocks.shift();
  return id;
}
