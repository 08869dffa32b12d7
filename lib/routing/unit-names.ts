/** Units that clients and other servers reach through the edge. */
export const FRONT_UNITS = ['client', 'federation', 'keys', 'login', 'sync', 'media'] as const;

/** Units that own a stream's writes or follow streams, without a public route. */
export const INNER_UNITS = [
  'event-persister',
  'typing',
  'to-device',
  'account-data',
  'receipts',
  'presence',
  'federation-sender',
  'pusher',
  'appservice',
  'user-directory',
  'background',
  'migrate',
] as const;

/** Every unit: what can be deployed, scaled and replaced on its own. */
export const UNIT_NAMES = [...FRONT_UNITS, ...INNER_UNITS] as const;

export type FrontUnit = (typeof FRONT_UNITS)[number];
export type UnitName = (typeof UNIT_NAMES)[number];

/** Takes every request that no route places: it contains the whole router, so a missed route costs placement only. */
export const FALLBACK_UNIT: FrontUnit = 'client';

/** A unit cell of the tables: who takes the request, and who executes what it writes. */
export interface UnitSplit {
  serves: FrontUnit;
  writes: readonly UnitName[];
}

/**
 * Splits `client -> event-persister, receipts` into the front that serves and the units that write.
 * @throws Error for an unknown unit, or a front where a writer must stand.
 */
export function parseUnitSplit(cell: string): UnitSplit {
  const [front = '', writers, more] = cell.split(' -> ');
  if (more !== undefined) throw new Error(`More than one arrow in the unit "${cell}"`);
  if (!isFrontUnit(front)) throw new Error(`"${front}" is not a unit that serves requests (in "${cell}")`);
  const writes = writers === undefined ? [] : writers.split(', ');
  for (const writer of writes) {
    if (!isUnitName(writer) || isFrontUnit(writer))
      throw new Error(`"${writer}" is not a unit that writes (in "${cell}")`);
  }
  return { serves: front, writes: writes as UnitName[] };
}

export function isUnitName(name: string): name is UnitName {
  return (UNIT_NAMES as readonly string[]).includes(name);
}

export function isFrontUnit(name: string): name is FrontUnit {
  return (FRONT_UNITS as readonly string[]).includes(name);
}
