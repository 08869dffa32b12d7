import { badJson } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Queryable } from '../../storage/database.ts';
import {
  type ClaimedKey,
  claimFallbackKeys,
  claimOneTimeKeys,
  type WantedKey,
} from '../../storage/e2ee/one-time-keys.ts';
import { noteCacheChanges, publishCacheChanges } from '../cache-changes.ts';
import type { Context } from '../context.ts';
import { KEY_COUNTS } from '../sync/device-key-counts.ts';
import { byServer } from './by-server.ts';
import { claimRemoteKeys } from './remote-keys.ts';

const MOST_DEVICES = 20_000;

/** User id → device id → `algorithm:id` → key. */
export type ClaimedKeys = Record<string, Record<string, JsonObject>>;

/**
 * Gives out one key for each wanted device (client-server API, `POST /keys/claim`): a one-time key, the oldest first and
 * each only once ever, or the fallback key. Devices without one are left out.
 * @param wanted user id → device id → algorithm
 * @throws MatrixError 400 M_BAD_JSON for too many devices, M_INVALID_PARAM for what is no user id.
 */
export async function claimKeys(
  ctx: Context,
  wanted: Record<string, Record<string, string>>,
  timeoutMs: number,
): Promise<{ oneTimeKeys: ClaimedKeys; failures: Record<string, JsonObject> }> {
  const { own, remote } = byServer(ctx.serverName, wanted);
  const [keys, others] = await Promise.all([
    claimOwnKeys(
      ctx,
      [...own].flatMap(([userId, devices]) =>
        Object.entries(devices).map(([deviceId, algorithm]) => ({ userId, deviceId, algorithm })),
      ),
    ),
    claimRemoteKeys(ctx, remote, timeoutMs),
  ]);
  return { oneTimeKeys: { ...others.keys, ...keys }, failures: others.failures };
}

/** As {@link claimKeys}, of this server's users. */
export async function claimOwnKeys(ctx: Context, wanted: WantedKey[]): Promise<ClaimedKeys> {
  if (wanted.length > MOST_DEVICES) throw badJson(`Keys of more than ${MOST_DEVICES} devices are wanted.`);
  const possible = wanted.filter((key) => !`${key.userId}${key.deviceId}${key.algorithm}`.includes('\0'));
  if (possible.length === 0) return {};
  const { keys, rows } = await ctx.db.tx(async (tx) => {
    const { keys, changed } = await take(tx, possible, ctx.clock.now());
    return { keys, rows: changed.length > 0 ? await noteCacheChanges(tx, KEY_COUNTS, changed) : [] };
  });
  await publishCacheChanges(ctx, rows);
  const byUser = Map.groupBy(keys, (key) => key.userId);
  return Object.fromEntries([...byUser].map(([userId, own]) => [userId, Object.fromEntries(own.map(deviceEntry))]));
}

function deviceEntry({ deviceId, algorithm, keyId, json }: ClaimedKey): [string, JsonObject] {
  return [deviceId, { [`${algorithm}:${keyId}`]: JSON.parse(json) }];
}

/** Takes keys; `changed` are the users whose counts are others now. */
async function take(
  tx: Queryable,
  wanted: WantedKey[],
  now: number,
): Promise<{ keys: ClaimedKey[]; changed: string[] }> {
  const keys = await claimOneTimeKeys(tx, wanted, now);
  const changed = new Set(keys.map((key) => key.userId));
  const served = new Set(keys.map((key) => `${key.userId} ${key.deviceId}`));
  const missing = wanted.filter((key) => !served.has(`${key.userId} ${key.deviceId}`));
  const fallback = missing.length > 0 ? await claimFallbackKeys(tx, missing) : [];
  for (const key of fallback) if (key.fresh) changed.add(key.userId);
  return { keys: [...keys, ...fallback], changed: [...changed] };
}
