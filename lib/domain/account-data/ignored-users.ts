import { LRUCache } from 'lru-cache';
import { isJsonObject } from '../../spec/json.ts';
import { getAccountData } from '../../storage/account-data/account-data.ts';
import type { Context } from '../context.ts';

interface Cached {
  lists: LRUCache<string, Promise<ReadonlySet<string>>>;
}

const caches = new WeakMap<object, Cached>();
const NOBODY: ReadonlySet<string> = new Set();

/** Users whom a user ignores (client-server API, ignoring users). Kept in memory where account data is followed. */
export async function readIgnoredUsers(ctx: Context, userId: string): Promise<ReadonlySet<string>> {
  if (!ctx.streams.follows('account_data')) return load(ctx, userId);
  let cache = caches.get(ctx.streams);
  if (!cache) {
    const lists: Cached['lists'] = new LRUCache({ max: 50_000 });
    cache = { lists };
    caches.set(ctx.streams, cache);
    ctx.streams.on('account_data', (rows) => {
      for (const row of rows) if (row.type === 'm.ignored_user_list') lists.delete(row.userId);
    });
  }
  let list = cache.lists.get(userId);
  if (!list) {
    list = load(ctx, userId);
    cache.lists.set(userId, list);
    list.catch(() => cache.lists.delete(userId));
  }
  return list;
}

async function load(ctx: Context, userId: string): Promise<ReadonlySet<string>> {
  const json = await getAccountData(ctx.db, userId, null, 'm.ignored_user_list');
  if (!json) return NOBODY;
  const content: unknown = JSON.parse(json);
  const users = isJsonObject(content) ? content['ignored_users'] : undefined;
  return isJsonObject(users) ? new Set(Object.keys(users).filter((id) => id !== userId)) : NOBODY;
}
