import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import type { Context } from '../context.ts';
import { clientErrorOf } from '../federation/federation-error.ts';
import { federationPath } from '../federation/federation-path.ts';
import { fetchDeviceList } from '../federation/remote-devices/fetch-device-list.ts';
import { mayBeKept, storedKeys } from '../federation/remote-devices/stored-keys.ts';
import type { ClaimedKeys } from './claim-keys.ts';
import type { QueriedKeys } from './query-keys.ts';

/** Servers that gave no answer: name → error. */
export type ServerFailures = Record<string, JsonObject>;

const MOST_BYTES = 32 * 1024 * 1024;
const LISTS_AT_ONCE = 10;
const KEYS = ['device_keys', 'master_keys', 'self_signing_keys'] as const;

/**
 * Keys of users of other servers: as they are stored here where a room is shared, else as their servers say, each within
 * `timeoutMs`.
 * @param servers server name → user id → device ids, or none for all
 */
export async function queryRemoteKeys(
  ctx: Context,
  servers: Map<string, Map<string, string[]>>,
  timeoutMs: number,
): Promise<{ keys: QueriedKeys; failures: ServerFailures }> {
  const keys: QueriedKeys = { device_keys: {}, master_keys: {}, self_signing_keys: {}, user_signing_keys: {} };
  const failures: ServerFailures = {};
  const wanted = new Map([...servers.values()].flatMap((users) => [...users]));
  const stored = await storedKeys(ctx, wanted);
  merge(keys, stored);
  const work = [...servers].map(async ([server, users]) => {
    const open = new Map([...users].filter(([userId]) => !Object.hasOwn(stored.device_keys, userId)));
    if (open.size === 0) return;
    try {
      const fetched = await fetchLists(ctx, [...open.keys()], timeoutMs);
      merge(keys, await storedKeys(ctx, new Map([...open].filter(([userId]) => fetched.has(userId)))));
      const rest = new Map([...open].filter(([userId]) => !Object.hasOwn(keys.device_keys, userId)));
      if (rest.size > 0) merge(keys, await askForKeys(ctx, server, rest, timeoutMs));
    } catch (error) {
      failures[server] = failureOf(server, error);
    }
  });
  await Promise.all(work);
  return { keys, failures };
}

/** One key for each wanted device of users of other servers. */
export async function claimRemoteKeys(
  ctx: Context,
  servers: Map<string, Map<string, Record<string, string>>>,
  timeoutMs: number,
): Promise<{ keys: ClaimedKeys; failures: ServerFailures }> {
  const keys: ClaimedKeys = {};
  const failures: ServerFailures = {};
  const work = [...servers].map(async ([server, users]) => {
    try {
      const answer = await ctx.federation.client.json(server, {
        method: 'POST',
        path: federationPath`/v1/user/keys/claim`,
        content: { one_time_keys: Object.fromEntries(users) },
        timeoutMs,
        maxBytes: MOST_BYTES,
      });
      const given = answer['one_time_keys'];
      for (const userId of users.keys()) {
        const own = isJsonObject(given) ? given[userId] : undefined;
        if (isJsonObject(own)) keys[userId] = onlyObjects(own);
      }
    } catch (error) {
      failures[server] = failureOf(server, error);
    }
  });
  await Promise.all(work);
  return { keys, failures };
}

/** Fetches whole lists of those with whom rooms are shared; who was fetched. What fails is asked for in the other way. */
async function fetchLists(ctx: Context, userIds: string[], timeoutMs: number): Promise<Set<string>> {
  const shared = [...(await mayBeKept(ctx, userIds))];
  const fetched = new Set<string>();
  for (let at = 0; at < shared.length; at += LISTS_AT_ONCE) {
    const some = shared.slice(at, at + LISTS_AT_ONCE);
    const outcomes = await Promise.allSettled(some.map((userId) => fetchDeviceList(ctx, userId, timeoutMs)));
    for (const [i, outcome] of outcomes.entries()) if (outcome.status === 'fulfilled') fetched.add(some[i] as string);
    // A server that does not answer is not asked a hundred times.
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed && fetched.size === 0) break;
  }
  return fetched;
}

async function askForKeys(
  ctx: Context,
  server: string,
  users: Map<string, string[]>,
  timeoutMs: number,
): Promise<Partial<QueriedKeys>> {
  const answer = await ctx.federation.client.json(server, {
    method: 'POST',
    path: federationPath`/v1/user/keys/query`,
    content: { device_keys: Object.fromEntries(users) },
    timeoutMs,
    maxBytes: MOST_BYTES,
  });
  const keys: Partial<QueriedKeys> = {};
  for (const member of KEYS) {
    const given = answer[member];
    const own = [...users.keys()].flatMap((userId): [string, JsonObject][] => {
      const value = isJsonObject(given) ? given[userId] : undefined;
      return isJsonObject(value) ? [[userId, member === 'device_keys' ? onlyObjects(value) : value]] : [];
    });
    Object.assign(keys, { [member]: Object.fromEntries(own) });
  }
  return keys;
}

function merge(keys: QueriedKeys, more: Partial<QueriedKeys>): void {
  for (const member of KEYS) Object.assign(keys[member], more[member]);
}

function onlyObjects(value: JsonObject): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1])),
  );
}

function failureOf(server: string, error: unknown): JsonObject {
  const { status, errcode, message } = clientErrorOf(error, `${server} can't be asked for keys`);
  return { status: status === 502 ? 503 : status, errcode, error: message };
}
