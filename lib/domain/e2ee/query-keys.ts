import { badJson } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { addSignature, signaturesOf } from '../../spec/signing.ts';
import { getCrossSigningKeys, getKeySignatures, type StoredKeySignature } from '../../storage/e2ee/cross-signing.ts';
import { getDeviceKeys } from '../../storage/e2ee/device-keys.ts';
import type { Context } from '../context.ts';
import { byServer } from './by-server.ts';
import { queryRemoteKeys } from './remote-keys.ts';

const MOST_USERS = 20_000;

/** Keys by user; devices of a user by device id. */
export interface QueriedKeys {
  device_keys: Record<string, Record<string, JsonObject>>;
  master_keys: Record<string, JsonObject>;
  self_signing_keys: Record<string, JsonObject>;
  user_signing_keys: Record<string, JsonObject>;
}

/**
 * Identity keys of devices, and cross-signing keys (client-server API, `POST /keys/query`).
 * @param query user id → device ids, or none for all devices
 * @throws MatrixError 400 M_BAD_JSON for too many users, M_INVALID_PARAM for what is no user id.
 */
export async function queryKeys(
  ctx: Context,
  viewer: string,
  query: Record<string, string[]>,
  timeoutMs: number,
): Promise<QueriedKeys & { failures: Record<string, JsonObject> }> {
  const { own, remote } = byServer(ctx.serverName, query);
  const [keys, others] = await Promise.all([queryOwnKeys(ctx, viewer, own), queryRemoteKeys(ctx, remote, timeoutMs)]);
  await signRemote(ctx, viewer, others.keys);
  return {
    failures: others.failures,
    device_keys: { ...others.keys.device_keys, ...keys.device_keys },
    master_keys: { ...others.keys.master_keys, ...keys.master_keys },
    self_signing_keys: { ...others.keys.self_signing_keys, ...keys.self_signing_keys },
    user_signing_keys: keys.user_signing_keys,
  };
}

/** Adds the signatures that the viewer has made on master keys of other servers' users. */
async function signRemote(ctx: Context, viewer: string, { master_keys: masters }: QueriedKeys): Promise<void> {
  const users = Object.keys(masters);
  if (users.length === 0) return;
  const sign = signer(await getKeySignatures(ctx.db, users, viewer));
  for (const [userId, key] of Object.entries(masters)) {
    const publicKey = Object.values((key['keys'] ?? {}) as JsonObject)[0];
    if (typeof publicKey === 'string') masters[userId] = sign(userId, publicKey, key);
  }
}

/**
 * As {@link queryKeys}, of this server's users.
 * @param viewer sees their own user-signing key and the signatures that they made; null: another server.
 */
export async function queryOwnKeys(
  ctx: Context,
  viewer: string | null,
  query: Map<string, string[]>,
): Promise<QueriedKeys> {
  const answer: QueriedKeys = { device_keys: {}, master_keys: {}, self_signing_keys: {}, user_signing_keys: {} };
  const users = [...query.keys()];
  if (users.length > MOST_USERS) throw badJson(`Keys of more than ${MOST_USERS} users are wanted.`);
  if (users.length === 0) return answer;
  const [devices, crossSigning, signatures] = await Promise.all([
    getDeviceKeys(ctx.db, users),
    getCrossSigningKeys(ctx.db, users),
    getKeySignatures(ctx.db, users, viewer),
  ]);
  const sign = signer(signatures);
  for (const userId of users) answer.device_keys[userId] = {};
  for (const { userId, deviceId, json, displayName } of devices) {
    const wanted = query.get(userId) as string[];
    if (wanted.length > 0 && !wanted.includes(deviceId)) continue;
    const keys = sign(userId, deviceId, JSON.parse(json));
    const unsigned = displayName === null ? {} : { device_display_name: displayName };
    (answer.device_keys[userId] as Record<string, JsonObject>)[deviceId] = { ...keys, unsigned };
  }
  for (const { userId, usage, publicKey, json } of crossSigning) {
    if (usage === 'user_signing' && userId !== viewer) continue;
    answer[`${usage}_keys`][userId] = sign(userId, publicKey, JSON.parse(json));
  }
  return answer;
}

/** A function that adds the stored signatures to what they sign. */
function signer(signatures: StoredKeySignature[]): (userId: string, target: string, object: JsonObject) => JsonObject {
  const byTarget = Map.groupBy(signatures, (s) => `${s.targetUserId} ${s.target}`);
  return (userId, target, object) => {
    const own = byTarget.get(`${userId} ${target}`);
    if (!own) return object;
    let all = signaturesOf(object);
    for (const { signerUserId, keyId, signature } of own) all = addSignature(all, signerUserId, keyId, signature);
    return { ...object, signatures: all };
  };
}
