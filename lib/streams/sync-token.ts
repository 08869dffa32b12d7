import { invalidParam } from '../spec/errors.ts';

/** A position per stream that `/sync` reads: what `since` and `next_batch` name. */
export interface SyncToken {
  events: number;
  receipts: number;
  accountData: number;
  toDevice: number;
  deviceLists: number;
  presence: number;
  typing: number;
  pushRules: number;
  /** Place in the events stream of the initial sync that the token descends from; 0 or absent: not known. */
  origin?: number;
}

const ORDER = [
  'events',
  'receipts',
  'accountData',
  'toDevice',
  'deviceLists',
  'presence',
  'typing',
  'pushRules',
  'origin',
] as const;

/** The token of somebody who has seen nothing. */
export const ZERO_TOKEN: SyncToken = {
  events: 0,
  receipts: 0,
  accountData: 0,
  toDevice: 0,
  deviceLists: 0,
  presence: 0,
  typing: 0,
  pushRules: 0,
};

/** `s<events>_<receipts>_<account data>_…`: decimal positions in a fixed order. */
export function formatSyncToken(token: SyncToken): string {
  const { events, receipts, accountData, toDevice, deviceLists, presence, typing, pushRules, origin } = token;
  const ephemeral = `${receipts}_${accountData}_${toDevice}_${deviceLists}_${presence}_${typing}`;
  return `s${events}_${ephemeral}_${pushRules}_${origin ?? 0}`;
}

/**
 * Reads a sync token. Positions that an older token doesn't name count as 0.
 * @throws MatrixError 400 M_INVALID_PARAM when it is none.
 */
export function parseSyncToken(text: string): SyncToken {
  if (!/^s\d{1,15}(_\d{1,15}){0,15}$/.test(text))
    throw invalidParam('since is not a token that this server has given.');
  const numbers = text.slice(1).split('_').map(Number);
  const token = { ...ZERO_TOKEN };
  ORDER.forEach((name, i) => {
    token[name] = numbers[i] ?? 0;
  });
  return token;
}
