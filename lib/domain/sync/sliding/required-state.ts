import type { StateWanted } from '../../../storage/sync/required-state.ts';

/** An element of `required_state`: what is undefined matches everything. */
export interface StateElement {
  type: string | undefined;
  stateKey: string | undefined;
}

const MEMBER = 'm.room.member';

/**
 * Which state of a room is wanted (MSC4186, `required_state`), perhaps by several rules together. Always written in the
 * same way, so that its text says whether two are equal.
 */
export class RequiredState {
  /** The parts, of which any may match. */
  readonly #parts: Part[];
  /** Members are told as the timeline needs them. */
  readonly lazy: boolean;
  readonly text: string;

  private constructor(parts: Part[]) {
    this.#parts = parts;
    this.lazy = parts.some((part) => part.lazy);
    this.text = JSON.stringify(
      parts.map(({ include, exclude, lazy }) => [texts(include), texts(exclude), lazy]).sort(),
    );
  }

  /** What one rule wants. Elements that others contain are left out. */
  static of(include: StateElement[], exclude: StateElement[], lazy: boolean): RequiredState {
    return new RequiredState([{ include, exclude, lazy }]);
  }

  /** Reads {@link text}. */
  static parse(text: string): RequiredState {
    const parts = JSON.parse(text) as [string[], string[], boolean][];
    return new RequiredState(
      parts.map(([include, exclude, lazy]) => ({ include: elements(include), exclude: elements(exclude), lazy })),
    );
  }

  /** What any of several rules wants. */
  static union(states: RequiredState[]): RequiredState {
    const parts = new Map(states.flatMap((state) => state.#parts).map((part) => [JSON.stringify(part), part]));
    return new RequiredState([...parts.values()]);
  }

  /** Whether a state event is wanted, apart from members that the timeline needs. */
  matches(type: string, stateKey: string): boolean {
    return this.#parts.some(({ include, exclude, lazy }) => {
      if (exclude.some((element) => fits(element, type, stateKey))) return false;
      return include.some((element) => {
        // With members loaded lazily a wildcard doesn't mean all of them.
        if (lazy && type === MEMBER && element.type === undefined) return false;
        return fits(element, type, stateKey);
      });
    });
  }

  /** What to ask the database for; {@link matches} decides what of it is wanted. */
  get wanted(): StateWanted {
    const wanted: StateWanted = { all: false, exceptMembers: true, types: [], stateKeys: [], pairs: [] };
    for (const { include, lazy } of this.#parts) {
      for (const { type, stateKey } of include) {
        if (type !== undefined && stateKey !== undefined) wanted.pairs.push([type, stateKey]);
        else if (type !== undefined) wanted.types.push(type);
        else if (stateKey !== undefined) wanted.stateKeys.push(stateKey);
        else {
          wanted.all = true;
          if (!lazy) wanted.exceptMembers = false;
        }
      }
    }
    return wanted;
  }
}

interface Part {
  include: StateElement[];
  exclude: StateElement[];
  lazy: boolean;
}

function fits(element: StateElement, type: string, stateKey: string): boolean {
  return (
    (element.type === undefined || element.type === type) &&
    (element.stateKey === undefined || element.stateKey === stateKey)
  );
}

function texts(list: StateElement[]): string[] {
  return [...new Set(list.map(({ type, stateKey }) => JSON.stringify([type ?? null, stateKey ?? null])))].sort();
}

function elements(list: string[]): StateElement[] {
  return list.map((text) => {
    const [type, stateKey] = JSON.parse(text) as [string | null, string | null];
    return { type: type ?? undefined, stateKey: stateKey ?? undefined };
  });
}
