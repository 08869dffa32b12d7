import type { UnitName } from '../lib/routing/unit-names.ts';
import { UNITS, unitNamesOf } from './units.ts';

/** Where the instances of a unit live: units of one group share a process, and a group has `count` of them. */
export interface Place {
  group: string;
  count: number;
}

/** How the task units of a stage share tasks. Lambda units need no place: each request has its own. */
export type Placement = Readonly<Partial<Record<UnitName, Place>>>;

export const PLACEMENT_NAMES = ['one', 'small', 'scaled'] as const;

export type PlacementName = (typeof PLACEMENT_NAMES)[number];

const together = (group: string, units: readonly UnitName[], count = 1): Placement =>
  Object.fromEntries(units.map((unit) => [unit, { group, count }]));

const WRITERS: readonly UnitName[] = ['typing', 'to-device', 'account-data', 'receipts', 'presence'];
const WORKERS: readonly UnitName[] = ['federation-sender', 'pusher', 'appservice', 'user-directory', 'background'];

/** The placements that come with the server. */
export const PLACEMENTS: Readonly<Record<PlacementName, Placement>> = {
  /** All task units in one task. */
  one: together('all', unitNamesOf('task')),
  /** One task per kind of load: answering, persisting, the small writers, work in the background. */
  small: {
    ...together('sync', ['sync']),
    ...together('media', ['media']),
    ...together('events', ['event-persister']),
    ...together('writers', WRITERS),
    ...together('workers', WORKERS),
  },
  /** Each unit its own; persisters, senders and pushers sharded. */
  scaled: {
    ...Object.fromEntries(unitNamesOf('task').map((unit) => [unit, { group: unit, count: 1 }])),
    sync: { group: 'sync', count: 2 },
    'event-persister': { group: 'event-persister', count: 2 },
    'federation-sender': { group: 'federation-sender', count: 2 },
    pusher: { group: 'pusher', count: 2 },
  },
};

/** The placement that a configuration names, or the one that it makes of `small` by its own entries. */
export function placementOf(setting: PlacementName | Placement): Placement {
  return typeof setting === 'string' ? PLACEMENTS[setting] : { ...PLACEMENTS.small, ...setting };
}

/** Processes of a placement: the units that run in each, and how many there are. */
export interface TaskGroup {
  name: string;
  units: UnitName[];
  count: number;
}

/** The groups of a placement, in the order of their first unit. */
export function taskGroups(placement: Placement): TaskGroup[] {
  const groups = new Map<string, TaskGroup>();
  for (const [name, place] of Object.entries(placement) as [UnitName, Place][]) {
    const group = groups.get(place.group) ?? { name: place.group, units: [], count: place.count };
    group.units.push(name);
    groups.set(place.group, group);
  }
  return [...groups.values()];
}

/** A singleton works once at a time; one more instance may stand by. */
const MOST_SINGLETONS = 2;

/** What is wrong with a placement, one sentence each; empty when it can run. */
export function placementFaults(placement: Placement): string[] {
  const faults: string[] = [];
  const counts = new Map<string, number>();
  for (const name of unitNamesOf('task')) {
    if (!placement[name]) faults.push(`The unit ${name} has no place: nothing would do its work.`);
  }
  for (const [name, place] of Object.entries(placement) as [string, Place][]) {
    const unit = UNITS[name as UnitName];
    if (!unit) {
      faults.push(`There is no unit ${name}.`);
      continue;
    }
    if (unit.kind !== 'task') faults.push(`The unit ${name} is a ${unit.kind}, it has no place among tasks.`);
    if (!/^[a-z][a-z0-9-]*$/.test(place.group)) {
      faults.push(`The group "${place.group}" of ${name} must be of small letters, digits and hyphens.`);
    }
    if (!Number.isInteger(place.count) || place.count < 1) {
      faults.push(`The count of ${name} is ${place.count}; it must be a whole number from 1.`);
    } else if (unit.instances === 'singleton' && place.count > MOST_SINGLETONS) {
      faults.push(`The unit ${name} works once at a time: ${place.count} instances are more than one and a stand-by.`);
    } else if (place.count > Math.max(unit.scaling.max, MOST_SINGLETONS)) {
      faults.push(`The unit ${name} goes up to ${unit.scaling.max} instances, not ${place.count}.`);
    }
    const known = counts.get(place.group) ?? place.count;
    counts.set(place.group, known);
    if (known !== place.count) faults.push(`The group ${place.group} has two counts, ${known} and ${place.count}.`);
  }
  return faults;
}
