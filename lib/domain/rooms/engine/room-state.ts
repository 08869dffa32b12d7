import type { AuthEvent } from '../../../spec/auth-rules.ts';
import type { Pdu } from '../../../spec/events.ts';
import { PowerLevels } from '../../../spec/power-levels.ts';
import type { RoomVersion } from '../../../spec/room-versions.ts';
import type { StateEntryRow } from '../../../storage/rooms/room-head.ts';
import type { ChainEnd } from '../../../storage/state/chains.ts';
import type { ChainPlace } from './chain-place.ts';

/** A state event as the room's owner keeps it. */
export interface StateEntry {
  eventNid: number;
  eventId: string;
  /** As it was sent, redacted or not: what a redaction takes away still counts for the auth rules. */
  event: AuthEvent;
  json: string;
  redacted: boolean;
  /** Undefined for events that other servers' joins brought and that are not on the chain cover yet. */
  place: ChainPlace | undefined;
}

/** A type and a state key. */
export type StateKeyPair = [type: string, stateKey: string];

const ENTRY_OVERHEAD = 300;
const ABSENT_BYTES = 100;
/** Member entries beyond this many are given up when nothing is being written; they are read again when needed. */
const MOST_ENTRIES = 2_000;

/**
 * A room's current state in memory, as far as it was asked for, with everything that is planned. Entries are read from
 * the database while others are planned, so whoever reads notes the generation first: what was given up meanwhile must
 * not be filled in with something older.
 */
export class RoomState {
  /** Null: known not to exist. */
  readonly #entries = new Map<string, StateEntry | null>();
  readonly #version: RoomVersion;
  /** What is not here doesn't exist. */
  #complete: boolean;
  #bytes = 0;
  /** Grows when entries are given up. */
  generation = 0;

  /** @param complete true for a room that is being made now */
  constructor(version: RoomVersion, complete: boolean) {
    this.#version = version;
    this.#complete = complete;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Those of the keys that have to be read first. */
  missing(keys: StateKeyPair[]): StateKeyPair[] {
    if (this.#complete) return [];
    return keys.filter(([type, stateKey]) => !this.#entries.has(`${type}\0${stateKey}`));
  }

  /** The entry, with everything planned so far. Undefined when absent (or not read). */
  get(type: string, stateKey = ''): StateEntry | undefined {
    return this.#entries.get(`${type}\0${stateKey}`) ?? undefined;
  }

  /** Takes in what was read for the keys asked for; those without a row don't exist. */
  load(generation: number, asked: StateKeyPair[], rows: StateEntryRow[]): void {
    if (generation !== this.generation) return;
    const found = new Map(rows.map((row) => [`${row.type}\0${row.stateKey}`, row]));
    for (const [type, stateKey] of asked) {
      const key = `${type}\0${stateKey}`;
      if (this.#entries.has(key)) continue;
      const row = found.get(key);
      if (row) {
        this.set(type, stateKey, {
          eventNid: row.eventNid,
          eventId: row.eventId,
          event: { ...(JSON.parse(row.json) as Pdu), eventId: row.eventId } as AuthEvent,
          json: row.json,
          redacted: row.redacted,
          place: placeOf(row),
        });
      } else {
        this.#entries.set(key, null);
        this.#bytes += ABSENT_BYTES;
      }
    }
  }

  set(type: string, stateKey: string, entry: StateEntry): void {
    const key = `${type}\0${stateKey}`;
    this.#bytes += weigh(entry) - weighSlot(this.#entries.get(key));
    this.#entries.set(key, entry);
  }

  /** Gives up keys whose value is another one now; it is in the database once everything planned is. */
  forget(keys: Iterable<StateKeyPair>): void {
    this.generation++;
    this.#complete = false;
    for (const [type, stateKey] of keys) this.#drop(`${type}\0${stateKey}`);
  }

  /** Gives up members that were not needed lately. Only when everything planned is in the database. */
  trim(): void {
    if (this.#entries.size <= MOST_ENTRIES) return;
    this.generation++;
    this.#complete = false;
    let excess = this.#entries.size - MOST_ENTRIES / 2;
    for (const key of this.#entries.keys()) {
      if (excess <= 0) break;
      if (!key.startsWith('m.room.member\0')) continue;
      this.#drop(key);
      excess--;
    }
  }

  /** Power levels in force. */
  powerLevels(): PowerLevels {
    return new PowerLevels(this.get('m.room.power_levels')?.event, this.get('m.room.create')?.event, this.#version);
  }

  #drop(key: string): void {
    this.#bytes -= weighSlot(this.#entries.get(key));
    this.#entries.delete(key);
  }
}

/** The place of an event on the chain cover as it was read. */
export function placeOf(row: ChainEnd): ChainPlace | undefined {
  if (row.chain === null) return undefined;
  const links = new Map<number, number>();
  // In ascending order of sequence, so that the last one of a chain reaches furthest.
  row.toChains.forEach((chain, i) => {
    links.set(chain, Math.max(links.get(chain) ?? 0, row.toSequences[i] as number));
  });
  return { chain: row.chain, sequence: row.sequence, last: row.last, links };
}

function weigh(entry: StateEntry): number {
  // The parsed event costs about twice its text.
  return entry.json.length * 3 + ENTRY_OVERHEAD;
}

function weighSlot(entry: StateEntry | null | undefined): number {
  if (entry === undefined) return 0;
  return entry === null ? ABSENT_BYTES : weigh(entry);
}
