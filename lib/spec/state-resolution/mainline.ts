import { compareCodePoints } from '../canonical-json.ts';
import type { EventSource, ResolutionEvent } from './types.ts';
import { mustGet } from './types.ts';

/**
 * The mainline of one power levels event P and the position of other events on it (`/rooms/v2` #definitions,
 * "Mainline ordering"). Positions are found once per power levels event, whatever the number of events above it.
 */
export class Mainline {
  readonly #source: EventSource;
  /** Position of power levels events met so far: their own on the mainline, else that of the first one below on it. */
  readonly #positions = new Map<string, number>();

  /** @param powerLevelsId P; undefined when the room has no power levels, so that every position is ∞ */
  constructor(source: EventSource, powerLevelsId: string | undefined) {
    this.#source = source;
    let position = 0;
    for (let id = powerLevelsId; id !== undefined && !this.#positions.has(id); id = this.#citedPowerLevels(id)) {
      this.#positions.set(id, position++);
    }
  }

  /** 0 for events resting on P itself, more for older ones, `Infinity` for those that rest on nothing of it. */
  positionOf(event: ResolutionEvent): number {
    const path: string[] = [];
    let position = Infinity;
    for (let id = citedPowerLevels(event, this.#source); id !== undefined; id = this.#citedPowerLevels(id)) {
      const known = this.#positions.get(id);
      if (known !== undefined) {
        position = known;
        break;
      }
      path.push(id);
      // Marks the walk, so that a loop in forged ids of versions 1 and 2 ends it.
      this.#positions.set(id, Infinity);
    }
    for (const id of path) this.#positions.set(id, position);
    return position;
  }

  /** Sorts events by mainline ordering: oldest power levels first, then timestamp, then id. */
  order(events: Iterable<ResolutionEvent>): ResolutionEvent[] {
    const placed = Array.from(events, (event) => ({ event, position: this.positionOf(event) }));
    placed.sort((a, b) => {
      if (a.position !== b.position) return a.position > b.position ? -1 : 1;
      return a.event.origin_server_ts - b.event.origin_server_ts || compareCodePoints(a.event.eventId, b.event.eventId);
    });
    return placed.map(({ event }) => event);
  }

  #citedPowerLevels(id: string): string | undefined {
    return citedPowerLevels(mustGet(this.#source, id), this.#source);
  }
}

/** The power levels event among the `auth_events` of an event. */
export function citedPowerLevels(event: ResolutionEvent, source: EventSource): string | undefined {
  return event.authEventIds.find((id) => {
    const cited = mustGet(source, id);
    return cited.type === 'm.room.power_levels' && cited.state_key === '';
  });
}
