import { CanonicalJsonError } from '../../../spec/canonical-json.ts';
import { isServerName } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { signJson } from '../../../spec/signing.ts';
import { getKeysOfServers, type StoredServerKey } from '../../../storage/federation/server-keys.ts';
import type { Context } from '../../context.ts';

const VALID_FOR_MS = 24 * 3_600_000;
const MOST_SERVERS = 100;

/** Which keys of a server are wanted, and until when they should be good at least: some by id, or all. Milliseconds. */
export type KeyCriteria = { ids: ReadonlyMap<string, number>; all?: undefined } | { all: number; ids?: undefined };

/** The keys that this server signs with, signed (server-server API, "Publishing Keys"). */
export function ownKeys(ctx: Context): JsonObject {
  const { key, serverName } = ctx.signer;
  return signJson(
    {
      server_name: serverName,
      verify_keys: { [key.keyId]: { key: key.publicKey } },
      old_verify_keys: {},
      valid_until_ts: ctx.clock.now() + VALID_FOR_MS,
    },
    serverName,
    key,
  ) as JsonObject;
}

/**
 * Keys of servers as a notary knows them, with this server's signature added (server-server API, "Querying Keys Through
 * Another Server"): what is stored, fetched anew where it is not valid for long enough. Servers that cannot be reached
 * are told of as they were, or left out.
 */
export async function notarisedKeys(ctx: Context, wanted: ReadonlyMap<string, KeyCriteria>): Promise<JsonObject[]> {
  const servers = [...wanted.keys()].filter(isServerName).slice(0, MOST_SERVERS);
  const others = servers.filter((name) => name !== ctx.serverName);
  let stored = await storedAnswers(ctx, others);
  const outdated = others.filter((name) => !isEnough(stored.get(name) ?? [], wanted.get(name) as KeyCriteria));
  if (outdated.length > 0) {
    await ctx.federation.keys.refresh(outdated);
    stored = await storedAnswers(ctx, others);
  }
  const answers = servers.includes(ctx.serverName) ? [ownKeys(ctx)] : [];
  for (const name of others) {
    const known = stored.get(name) ?? [];
    const ids = wanted.get(name)?.ids;
    const named = known.filter((key) => ids?.has(key.keyId));
    answers.push(...answersOf(ctx, named.length > 0 ? named : known));
  }
  return answers;
}

async function storedAnswers(ctx: Context, servers: string[]): Promise<Map<string, StoredServerKey[]>> {
  return Map.groupBy(await getKeysOfServers(ctx.db, servers), (key) => key.serverName);
}

function isEnough(stored: StoredServerKey[], criteria: KeyCriteria): boolean {
  const { all, ids } = criteria;
  if (all !== undefined) return stored.some((key) => key.validUntilTs >= all);
  return [...ids].every(([keyId, until]) => stored.some((key) => key.keyId === keyId && key.validUntilTs >= until));
}

/** Each answer in which a key was found, once. */
function answersOf(ctx: Context, stored: StoredServerKey[]): JsonObject[] {
  const texts = new Set(stored.map((key) => key.response));
  return [...texts].flatMap((text) => {
    try {
      return [signJson(JSON.parse(text) as JsonObject, ctx.serverName, ctx.signer.key) as JsonObject];
    } catch (error) {
      if (error instanceof CanonicalJsonError) return [];
      throw error;
    }
  });
}
