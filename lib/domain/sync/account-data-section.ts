import type { StoredAccountData } from '../../storage/account-data/account-data.ts';
import { getAccountDataBetween, getAccountDataOfRooms } from '../../storage/account-data/account-data.ts';
import type { Context } from '../context.ts';
import { accountDataWanted, roomAccountDataWanted } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

/** A reader's account data that is new, as JSON texts of events. */
export interface AccountDataSection {
  global: string[];
  rooms: Map<number, string[]>;
}

/** Account data that has changed. */
export async function newAccountData(ctx: Context, scope: SyncScope): Promise<AccountDataSection> {
  const { request, since, now } = scope;
  const section: AccountDataSection = { global: [], rooms: new Map() };
  if (!ctx.sync.changes.accountData.mayHaveChanged(request.userId, since.accountData)) return section;
  for (const row of await getAccountDataBetween(ctx.db, request.userId, since.accountData, now.accountData)) {
    if (row.roomNid !== null) addRoomData(section.rooms, scope, row);
    else if (accountDataWanted(request.filter, row.type)) section.global.push(accountDataEvent(row));
  }
  return section;
}

/** Replaces what is new of rooms that are new to the reader by all that there is: it may be older than they are. */
export async function addDataOfNewRooms(
  ctx: Context,
  scope: SyncScope,
  roomNids: number[],
  section: AccountDataSection,
): Promise<void> {
  for (const roomNid of roomNids) section.rooms.delete(roomNid);
  for (const row of await getAccountDataOfRooms(ctx.db, scope.request.userId, roomNids)) {
    addRoomData(section.rooms, scope, row);
  }
}

function addRoomData(rooms: Map<number, string[]>, scope: SyncScope, row: StoredAccountData): void {
  if (!roomAccountDataWanted(scope.request.filter, row.type, row.roomId as string)) return;
  const events = rooms.get(row.roomNid as number) ?? [];
  events.push(accountDataEvent(row));
  rooms.set(row.roomNid as number, events);
}

/** An entry as the JSON text of an event. */
export function accountDataEvent(row: StoredAccountData): string {
  return `{"type":${JSON.stringify(row.type)},"content":${row.json ?? '{}'}}`;
}
