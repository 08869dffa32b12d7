import { LRUCache } from 'lru-cache';
import { invalidParam, notFound } from '../../spec/errors.ts';
import { type Filter, parseFilter } from '../../spec/filters.ts';
import type { JsonObject } from '../../spec/json.ts';
import { getFilter, putFilter } from '../../storage/filters/filters.ts';
import type { Context } from '../context.ts';

/** Filters never change, so they are kept for as long as there is room. */
const cache = new WeakMap<Context['db'], LRUCache<string, Filter>>();

/** Filters that clients write out in every request, by their text. */
const inline = new LRUCache<string, Filter>({ max: 2_000 });
const LONGEST_KEPT = 2_000;
const everything = parseFilter(undefined);

/** Stores a filter after checking it. Returns its id. */
export async function defineFilter(ctx: Context, userId: string, filter: JsonObject): Promise<string> {
  parseFilter(filter);
  return String(await putFilter(ctx.db, userId, JSON.stringify(filter)));
}

/**
 * A stored filter as it was given.
 * @throws MatrixError 404 when there is none by that id.
 */
export async function storedFilter(ctx: Context, userId: string, filterId: string): Promise<JsonObject> {
  const json = /^\d{1,9}$/.test(filterId) ? await getFilter(ctx.db, userId, Number(filterId)) : undefined;
  if (!json) throw notFound(`There is no filter ${filterId}.`);
  return JSON.parse(json) as JsonObject;
}

/** The filter that a `filter` query parameter names or holds; without one everything is let through. */
export async function filterOfParameter(ctx: Context, userId: string, parameter: string | undefined): Promise<Filter> {
  if (parameter === undefined || parameter === '') return everything;
  if (parameter.startsWith('{')) return inline.get(parameter) ?? parseInline(parameter);
  let filters = cache.get(ctx.db);
  if (!filters) {
    filters = new LRUCache({ max: 10_000 });
    cache.set(ctx.db, filters);
  }
  const key = `${userId} ${parameter}`;
  let filter = filters.get(key);
  if (!filter) {
    try {
      filter = parseFilter(await storedFilter(ctx, userId, parameter));
    } catch (error) {
      if ((error as { status?: number }).status === 404) throw invalidParam(`There is no filter ${parameter}.`);
      throw error;
    }
    filters.set(key, filter);
  }
  return filter;
}

function parseInline(text: string): Filter {
  try {
    const filter = parseFilter(JSON.parse(text));
    if (text.length <= LONGEST_KEPT) inline.set(text, filter);
    return filter;
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidParam('filter is not valid JSON.');
    throw error;
  }
}
