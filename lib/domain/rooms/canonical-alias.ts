import { invalidParam, MatrixError } from '../../spec/errors.ts';
import { isRoomAlias } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Context } from '../context.ts';
import { resolveAlias } from './aliases.ts';
import { currentContent, type Room } from './room-lookup.ts';

const MOST_ALT_ALIASES = 1_000;

/**
 * Checks that every alias that `m.room.canonical_alias` adds names its room. What was listed before is not checked.
 * @throws MatrixError 400 M_INVALID_PARAM for what is no alias, 400 M_BAD_ALIAS for one that names another room or none.
 */
export async function checkCanonicalAlias(ctx: Context, room: Room, content: JsonObject): Promise<void> {
  const before = new Set(aliasesIn((await currentContent(ctx, room.roomNid, 'm.room.canonical_alias')) ?? {}));
  const { alias, alt_aliases: altAliases } = content;
  if (alias !== undefined && alias !== null && typeof alias !== 'string')
    throw invalidParam('alias must be a room alias.');
  if (altAliases !== undefined && !(Array.isArray(altAliases) && altAliases.every((a) => typeof a === 'string'))) {
    throw invalidParam('alt_aliases must be an array of room aliases.');
  }
  if (Array.isArray(altAliases) && altAliases.length > MOST_ALT_ALIASES) throw invalidParam('alt_aliases is too long.');
  for (const added of new Set(aliasesIn(content))) {
    if (before.has(added)) continue;
    if (!isRoomAlias(added)) throw invalidParam(`${JSON.stringify(added)} is not a room alias.`);
    if ((await roomIdOf(ctx, added)) !== room.roomId) {
      throw new MatrixError(400, 'M_BAD_ALIAS', `The room alias ${added} does not point to this room.`);
    }
  }
}

async function roomIdOf(ctx: Context, alias: string): Promise<string | undefined> {
  try {
    return (await resolveAlias(ctx, alias)).roomId;
  } catch (error) {
    // Whatever keeps an alias from being looked up, it can't be listed.
    if (error instanceof MatrixError) return undefined;
    throw error;
  }
}

/** Aliases that the content of `m.room.canonical_alias` lists. */
function aliasesIn(content: JsonObject): string[] {
  const { alias, alt_aliases: altAliases } = content;
  const list = Array.isArray(altAliases) ? altAliases.filter((a) => typeof a === 'string') : [];
  return typeof alias === 'string' && alias !== '' ? [alias, ...list] : list;
}

/** The content of `m.room.canonical_alias` without one alias; undefined when it isn't in there. */
export function withoutAlias(content: JsonObject, alias: string): JsonObject | undefined {
  if (!aliasesIn(content).includes(alias)) return undefined;
  const left: JsonObject = { ...content };
  if (left['alias'] === alias) delete left['alias'];
  if (Array.isArray(left['alt_aliases'])) {
    const others = left['alt_aliases'].filter((a) => a !== alias);
    if (others.length > 0) left['alt_aliases'] = others;
    else delete left['alt_aliases'];
  }
  return left;
}
