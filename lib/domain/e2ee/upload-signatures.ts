import { badJson, MatrixError } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { putPendingDeviceLists } from '../../storage/device-lists/pending.ts';
import { getCrossSigningKeys, putKeySignatures, type StoredKeySignature } from '../../storage/e2ee/cross-signing.ts';
import { getDeviceKeys } from '../../storage/e2ee/device-keys.ts';
import type { Context } from '../context.ts';
import type { DeviceKeys } from './device-keys.ts';
import { checkSignedKey, type KnownKeys } from './signed-keys.ts';

const MOST_SIGNED = 2_000;

/** User id → device id or public key → the device's keys or the key, with signatures. */
export type SignedKeys = Record<string, Record<string, JsonObject>>;

/** What could not be taken: user id → device id or public key → error. */
export type SignatureFailures = Record<string, Record<string, Record<string, unknown>>>;

/**
 * Publishes signatures (client-server API, `POST /keys/signatures/upload`). Those on the user's own keys are told to
 * everybody who shares a room, those on others' keys to the user alone.
 * @throws MatrixError 400 M_BAD_JSON for too many.
 */
export async function uploadSignatures(ctx: Context, userId: string, signed: SignedKeys): Promise<SignatureFailures> {
  const entries = Object.entries(signed).flatMap(([targetUserId, keys]) =>
    Object.entries(keys).map(([target, object]) => ({ targetUserId, target, object })),
  );
  if (entries.length > MOST_SIGNED) throw badJson(`More than ${MOST_SIGNED} signed keys.`);
  const known = await knownKeys(ctx, userId, Object.keys(signed));
  const failures = new Map<string, Map<string, Record<string, unknown>>>();
  const valid: StoredKeySignature[] = [];
  for (const { targetUserId, target, object } of entries) {
    try {
      valid.push(...checkSignedKey(known, targetUserId, target, object));
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      const own = failures.get(targetUserId) ?? new Map<string, Record<string, unknown>>();
      failures.set(targetUserId, own.set(target, error.toJSON()));
    }
  }
  if (valid.length > 0) await store(ctx, userId, valid);
  return Object.fromEntries([...failures].map(([id, own]) => [id, Object.fromEntries(own)]));
}

async function knownKeys(ctx: Context, userId: string, targets: string[]): Promise<KnownKeys> {
  const users = [...new Set([userId, ...targets])].filter((id) => !id.includes('\0'));
  const [devices, keys] = await Promise.all([getDeviceKeys(ctx.db, [userId]), getCrossSigningKeys(ctx.db, users)]);
  const crossSigning: KnownKeys['crossSigning'] = new Map();
  for (const key of keys) crossSigning.set(key.userId, { ...crossSigning.get(key.userId), [key.usage]: key });
  const byId = devices.map((device): [string, DeviceKeys] => [device.deviceId, JSON.parse(device.json)]);
  return { userId, devices: new Map(byId), crossSigning };
}

async function store(ctx: Context, userId: string, signatures: StoredKeySignature[]): Promise<void> {
  const { own, others } = await ctx.db.tx(async (tx) => {
    const stored = await putKeySignatures(tx, signatures);
    const own = stored.filter((s) => s.targetUserId === userId).map((s) => s.target);
    const others = [...new Set(stored.map((s) => s.targetUserId))].filter((id) => id !== userId);
    const pending = others.map((id) => ({ userId: id, seenBy: userId as string | null }));
    if (own.length > 0) pending.push({ userId, seenBy: null });
    await putPendingDeviceLists(tx, pending, ctx.clock.now());
    return { own, others };
  });
  if (own.length > 0) await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: own });
  if (others.length > 0) await ctx.writers.toDevice.signaturesChanged({ userId, signed: others });
}
