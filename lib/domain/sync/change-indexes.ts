import { ChangeIndex } from '../../streams/change-index.ts';
import { type SyncToken, ZERO_TOKEN } from '../../streams/sync-token.ts';

/** What has changed where, so that a sync without news costs no query. */
export interface ChangeIndexes {
  rooms: ChangeIndex<number>;
  receipts: ChangeIndex<number>;
  accountData: ChangeIndex<string>;
  toDevice: ChangeIndex<string>;
  deviceLists: ChangeIndex<string>;
  presence: ChangeIndex<string>;
  pushRules: ChangeIndex<string>;
  /** Rooms whose members changed, in the events stream. */
  members: ChangeIndex<number>;
}

/** Indexes that know of every change after a token. */
export function indexesAt(token: SyncToken): ChangeIndexes {
  return {
    rooms: new ChangeIndex(token.events),
    receipts: new ChangeIndex(token.receipts),
    accountData: new ChangeIndex(token.accountData),
    toDevice: new ChangeIndex(token.toDevice),
    deviceLists: new ChangeIndex(token.deviceLists),
    presence: new ChangeIndex(token.presence),
    pushRules: new ChangeIndex(token.pushRules),
    members: new ChangeIndex(token.events),
  };
}

/** Indexes from here on know of no change, and so exclude none. */
export const NOWHERE = Object.fromEntries(
  Object.keys(ZERO_TOKEN).map((name) => [name, Number.POSITIVE_INFINITY]),
) as unknown as SyncToken;
