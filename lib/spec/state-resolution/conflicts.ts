import type { StateKey, StateMap } from './types.ts';

/** State sets parted into what they agree on and what they do not. */
export interface Parted {
  /** Keys with one value, agreed on by all sets. */
  unconflicted: Map<StateKey, string>;
  /** Keys with more than one value (or, in v2, absent from some set), each with its different event ids. */
  conflicted: Map<StateKey, string[]>;
}

/**
 * Parts state sets by the definition of v2: a key is unconflicted when every set holds it with the same value, so a key
 * that one set lacks is in conflict (`/rooms/v2` #definitions).
 */
export function partStrict(sets: readonly StateMap[]): Parted {
  return part(sets, true);
}

/**
 * Parts state sets by the definition of v1: sets conflict where they hold different events for a key; a key that only
 * some sets hold is no conflict (`/rooms/v1` #state-resolution).
 */
export function partLoose(sets: readonly StateMap[]): Parted {
  return part(sets, false);
}

function part(sets: readonly StateMap[], absenceConflicts: boolean): Parted {
  const unconflicted = new Map<StateKey, string>();
  const conflicted = new Map<StateKey, string[]>();
  for (let i = 0; i < sets.length; i++) {
    for (const key of sets[i]!.keys()) {
      if (i > 0 && (unconflicted.has(key) || conflicted.has(key))) continue;
      // Sets before the i-th do not hold the key, or it would have been settled with them.
      const values: string[] = [];
      let holders = 0;
      for (let j = i; j < sets.length; j++) {
        const value = sets[j]!.get(key);
        if (value === undefined) continue;
        holders++;
        if (!values.includes(value)) values.push(value);
      }
      if (values.length > 1 || (absenceConflicts && holders < sets.length)) conflicted.set(key, values);
      else unconflicted.set(key, values[0]!);
    }
  }
  return { unconflicted, conflicted };
}

/** Leaves out sets that are the same object or hold the same events as an earlier one. */
export function distinctSets(sets: readonly StateMap[]): StateMap[] {
  const distinct: StateMap[] = [];
  for (const set of sets) if (!distinct.some((other) => sameState(set, other))) distinct.push(set);
  return distinct;
}

function sameState(a: StateMap, b: StateMap): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}
