import { isJsonObject } from '../../spec/json.ts';
import { keptAccountData } from './kept-account-data.ts';

const NOBODY: ReadonlySet<string> = new Set();

/** Users whom a user ignores (client-server API, ignoring users). */
export const readIgnoredUsers = keptAccountData('m.ignored_user_list', (content, userId): ReadonlySet<string> => {
  const users = isJsonObject(content) ? content['ignored_users'] : undefined;
  return isJsonObject(users) ? new Set(Object.keys(users).filter((id) => id !== userId)) : NOBODY;
});
