import { LRUCache } from 'lru-cache';
import { getAccountData } from '../../storage/account-data/account-data.ts';
import type { Context } from '../context.ts';

/**
 * Reads one type of users' global account data, again and again: what was read is kept in memory where account data is
 * followed.
 * @param parse makes something of the content; undefined when there is none.
 */
export function keptAccountData<Value>(
  type: string,
  parse: (content: unknown, userId: string) => Value,
): (ctx: Context, userId: string) => Promise<Value> {
  type Values = LRUCache<string, Promise<{ value: Value }>>;
  const caches = new WeakMap<object, Values>();
  const load = async (ctx: Context, userId: string) => {
    const json = await getAccountData(ctx.db, userId, null, type);
    return { value: parse(json === undefined ? undefined : JSON.parse(json), userId) };
  };
  const follow = (ctx: Context): Values => {
    const values: Values = new LRUCache({ max: 50_000 });
    caches.set(ctx.streams, values);
    ctx.streams.on('account_data', (rows) => {
      for (const row of rows) if (row.type === type) values.delete(row.userId);
    });
    return values;
  };
  return async (ctx, userId) => {
    if (!ctx.streams.follows('account_data')) return (await load(ctx, userId)).value;
    const values = caches.get(ctx.streams) ?? follow(ctx);
    let entry = values.get(userId);
    if (!entry) {
      entry = load(ctx, userId);
      values.set(userId, entry);
      entry.catch(() => values.delete(userId));
    }
    return (await entry).value;
  };
}
