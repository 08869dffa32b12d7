import { isJsonObject } from '../../spec/json.ts';
import { keptAccountData } from './kept-account-data.ts';

/** Ids of the rooms that are direct chats for a user (client-server API, direct messaging). */
export const readDirectRooms = keptAccountData('m.direct', (content): ReadonlySet<string> => {
  const lists = isJsonObject(content) ? Object.values(content) : [];
  return new Set(lists.flatMap((list) => (Array.isArray(list) ? list : [])).filter((id) => typeof id === 'string'));
});
