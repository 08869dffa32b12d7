import { LRUCache } from 'lru-cache';
import type { JsonObject } from '../../../spec/json.ts';
import type { Queryable } from '../../../storage/database.ts';
import type { EventRow } from '../../../storage/events/event-row.ts';
import { FACT_TYPES, getLastOfTypes, getRoomFacts } from '../../../storage/sync/room-facts.ts';

/** What lists of rooms are sorted and filtered by, and what their entries show. */
export interface RoomFacts {
  /** Place of the room's last event in the events stream. */
  position: number;
  /** Of the create event; null for a room without a type. */
  roomType: string | null;
  encrypted: boolean;
  /** The room's name, or else its canonical alias. */
  name: string | undefined;
  avatar: string | undefined;
}

/** Events that count as activity that people care about (MSC4186, `bump_stamp`). */
const BUMP_TYPES: readonly string[] = [
  'm.room.create',
  'm.room.message',
  'm.room.encrypted',
  'm.sticker',
  'm.call.invite',
  'm.poll.start',
  'org.matrix.msc3381.poll.start',
  'm.beacon_info',
  'org.matrix.msc3672.beacon_info',
];

/** Facts of the rooms that sliding sync lists, kept current by the events stream. */
export class RoomFactsKeeper {
  readonly #db: Queryable;
  readonly #facts = new LRUCache<number, RoomFacts>({ max: 100_000 });
  readonly #bumps = new LRUCache<number, number>({ max: 100_000 });
  /** Whether the events stream is followed; otherwise the database is asked each time. */
  keep = false;
  /** Of each reading under way the rooms in which something happened meanwhile: what it reads of them may be old. */
  readonly #readings = new Set<Set<number>>();

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Facts of rooms; those that are not known here are left out. */
  async of(roomNids: number[]): Promise<ReadonlyMap<number, RoomFacts>> {
    const found = new Map<number, RoomFacts>();
    const missing: number[] = [];
    for (const roomNid of roomNids) {
      const facts = this.#facts.get(roomNid);
      if (facts) found.set(roomNid, facts);
      else missing.push(roomNid);
    }
    await this.#read(async (moved) => {
      for (const { roomNid, position, state } of await getRoomFacts(this.#db, missing)) {
        const facts = factsOf(position, state);
        found.set(roomNid, facts);
        if (this.keep && !moved.has(roomNid)) this.#facts.set(roomNid, facts);
      }
    });
    return found;
  }

  /** Places of the last events that people care about; rooms without one are left out. */
  async bumpStamps(roomNids: number[]): Promise<ReadonlyMap<number, number>> {
    const found = new Map<number, number>();
    const missing: number[] = [];
    for (const roomNid of roomNids) {
      const bump = this.#bumps.get(roomNid);
      if (bump !== undefined) found.set(roomNid, bump);
      else missing.push(roomNid);
    }
    await this.#read(async (moved) => {
      for (const [roomNid, bump] of await getLastOfTypes(this.#db, missing, BUMP_TYPES)) {
        found.set(roomNid, bump);
        if (this.keep && !moved.has(roomNid)) this.#bumps.set(roomNid, bump);
      }
    });
    return found;
  }

  /** Takes in an event of the stream. */
  note(row: EventRow): void {
    for (const moved of this.#readings) moved.add(row.roomNid);
    const position = row.position as number;
    if (BUMP_TYPES.includes(row.type) && this.#bumps.has(row.roomNid)) this.#bumps.set(row.roomNid, position);
    const facts = this.#facts.peek(row.roomNid);
    if (!facts) return;
    // A redaction may have taken the name away.
    if (row.type === 'm.room.redaction' || (row.stateKey === '' && FACT_TYPES.includes(row.type))) {
      this.#facts.delete(row.roomNid);
    } else this.#facts.set(row.roomNid, { ...facts, position });
  }

  /** Forgets everything: changes may have been missed. */
  clear(): void {
    this.#facts.clear();
    this.#bumps.clear();
  }

  async #read(read: (moved: ReadonlySet<number>) => Promise<void>): Promise<void> {
    const moved = new Set<number>();
    this.#readings.add(moved);
    try {
      await read(moved);
    } finally {
      this.#readings.delete(moved);
    }
  }
}

function factsOf(position: number, state: Record<string, string>): RoomFacts {
  const content = (type: string) => {
    const json = state[type];
    return json === undefined ? undefined : (JSON.parse(json) as { content: JsonObject }).content;
  };
  const roomType = content('m.room.create')?.['type'];
  return {
    position,
    roomType: typeof roomType === 'string' ? roomType : null,
    encrypted: state['m.room.encryption'] !== undefined,
    name: filled(content('m.room.name')?.['name']) ?? filled(content('m.room.canonical_alias')?.['alias']),
    avatar: filled(content('m.room.avatar')?.['url']),
  };
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
