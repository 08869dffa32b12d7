import type { Unit } from '../lib/routing/unit.ts';
import type { UnitName } from '../lib/routing/unit-names.ts';
import { unit as accountData } from './account-data/unit.ts';
import { unit as appservice } from './appservice/unit.ts';
import { unit as background } from './background/unit.ts';
import { unit as client } from './client/unit.ts';
import { unit as eventPersister } from './event-persister/unit.ts';
import { unit as federation } from './federation/unit.ts';
import { unit as federationSender } from './federation-sender/unit.ts';
import { unit as keys } from './keys/unit.ts';
import { unit as login } from './login/unit.ts';
import { unit as media } from './media/unit.ts';
import { unit as migrate } from './migrate/unit.ts';
import { unit as presence } from './presence/unit.ts';
import { unit as pusher } from './pusher/unit.ts';
import { unit as receipts } from './receipts/unit.ts';
import { unit as sync } from './sync/unit.ts';
import { unit as toDevice } from './to-device/unit.ts';
import { unit as typing } from './typing/unit.ts';
import { unit as userDirectory } from './user-directory/unit.ts';

/** Every unit, once. The local gateway, the stacks, the task entry, metrics and documentation read them from here. */
export const UNITS: Readonly<Record<UnitName, Unit>> = {
  client,
  federation,
  keys,
  login,
  sync,
  media,
  'event-persister': eventPersister,
  typing,
  'to-device': toDevice,
  'account-data': accountData,
  receipts,
  presence,
  'federation-sender': federationSender,
  pusher,
  appservice,
  'user-directory': userDirectory,
  background,
  migrate,
};

/** Names of the units of one kind, in the order of {@link UNITS}. */
export function unitNamesOf(kind: Unit['kind']): UnitName[] {
  return Object.values(UNITS)
    .filter((unit) => unit.kind === kind)
    .map((unit) => unit.name);
}

/**
 * Reads a list such as `typing,presence` from a task's `UNITS` variable; `all` is every task unit.
 * @throws Error with a sentence that names what is wrong and what there is
 */
export function parseTaskUnits(list: string | undefined): UnitName[] {
  const tasks = unitNamesOf('task');
  const names = (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw new Error(`UNITS names no unit. There are: ${tasks.join(', ')}; or "all".`);
  if (names.length === 1 && names[0] === 'all') return tasks;
  const strange = names.filter((name) => !(tasks as string[]).includes(name));
  if (strange.length > 0) {
    throw new Error(`UNITS names "${strange.join('", "')}", which is no task unit. There are: ${tasks.join(', ')}.`);
  }
  return [...new Set(names)] as UnitName[];
}
