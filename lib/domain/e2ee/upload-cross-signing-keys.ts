import { forbidden, MatrixError, missingParam } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { verifySignedJson } from '../../spec/signing.ts';
import { getDevice } from '../../storage/accounts/devices.ts';
import type { Queryable } from '../../storage/database.ts';
import { putPendingDeviceLists } from '../../storage/device-lists/pending.ts';
import {
  type CrossSigningUsage,
  deleteCrossSigningKeys,
  getCrossSigningKeys,
  lockUser,
  putCrossSigningKeys,
  type StoredCrossSigningKey,
} from '../../storage/e2ee/cross-signing.ts';
import type { Context } from '../context.ts';
import { checkCrossSigningKey, USAGES } from './cross-signing-keys.ts';

type KeySet = Partial<Record<CrossSigningUsage, StoredCrossSigningKey>>;

/**
 * Publishes cross-signing keys (client-server API, `POST /keys/device_signing/upload`). The keys that are there already
 * may come again, and the first master key comes freely; any other change wants `confirm` to succeed first.
 * @param confirm makes sure that it is the user who asks; throws when not.
 * @throws MatrixError 400 M_INVALID_SIGNATURE, M_MISSING_PARAM without a master key, M_INVALID_PARAM; 403 M_FORBIDDEN
 *   when a key is named like one of the user's devices.
 */
export async function uploadCrossSigningKeys(
  ctx: Context,
  userId: string,
  upload: Partial<Record<CrossSigningUsage, JsonObject | null>>,
  confirm: () => Promise<unknown>,
): Promise<void> {
  const keys = USAGES.flatMap((usage) => {
    const value = upload[usage];
    return value ? [checkCrossSigningKey(userId, usage, value)] : [];
  });
  let confirmed = false;
  for (;;) {
    const old = keySet(await getCrossSigningKeys(ctx.db, [userId]));
    const changed = await checkChange(ctx, userId, keys, old);
    if (changed.length === 0) return;
    if (old.master && !confirmed) {
      await confirm();
      confirmed = true;
    }
    // Another request may have changed them since; then everything is looked at again.
    if (!(await store(ctx, userId, changed, old))) continue;
    const publicKeys = changed.filter((key) => key.usage !== 'user_signing').map((key) => key.publicKey);
    if (publicKeys.length > 0) await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: publicKeys });
    else await ctx.writers.toDevice.signaturesChanged({ userId, signed: [userId] });
    return;
  }
}

/** Those of the uploaded keys that are not there yet; throws when one of them can't be taken. */
async function checkChange(
  ctx: Context,
  userId: string,
  keys: StoredCrossSigningKey[],
  old: KeySet,
): Promise<StoredCrossSigningKey[]> {
  const master = keys.find((key) => key.usage === 'master') ?? old.master;
  if (!master) throw missingParam('There is no master key to sign the others.');
  // Under another master key the others are signed anew.
  const reset = master.publicKey !== old.master?.publicKey;
  const changed = keys.filter((key) => reset || key.publicKey !== old[key.usage]?.publicKey);
  for (const { usage, publicKey, json } of changed) {
    const signed = verifySignedJson(JSON.parse(json), userId, `ed25519:${master.publicKey}`, master.publicKey);
    if (usage !== 'master' && !signed) {
      throw new MatrixError(400, 'M_INVALID_SIGNATURE', `The ${usage}_key is not signed by the master key.`);
    }
    if (await getDevice(ctx.db, userId, publicKey)) throw forbidden('A key has the name of one of your devices.');
  }
  return changed;
}

/** Stores keys in place of the `old`. False when those are others by now. */
async function store(ctx: Context, userId: string, keys: StoredCrossSigningKey[], old: KeySet): Promise<boolean> {
  return ctx.db.tx(async (tx) => {
    await lockUser(tx, userId);
    if (!(await isStill(tx, userId, old))) return false;
    // A new master key leaves keys behind that nobody vouches for.
    const reset = keys.some((key) => key.usage === 'master');
    const gone = USAGES.filter((usage) => reset || keys.some((key) => key.usage === usage));
    await deleteCrossSigningKeys(
      tx,
      userId,
      gone.flatMap((usage) => old[usage] ?? []).filter((key) => !keys.some((k) => k.publicKey === key.publicKey)),
    );
    await putCrossSigningKeys(tx, keys);
    const seenBy = keys.every((key) => key.usage === 'user_signing') ? userId : null;
    await putPendingDeviceLists(tx, [{ userId, seenBy }], ctx.clock.now());
    return true;
  });
}

async function isStill(tx: Queryable, userId: string, old: KeySet): Promise<boolean> {
  const now = keySet(await getCrossSigningKeys(tx, [userId]));
  return USAGES.every((usage) => now[usage]?.publicKey === old[usage]?.publicKey);
}

function keySet(keys: StoredCrossSigningKey[]): KeySet {
  return Object.fromEntries(keys.map((key) => [key.usage, key]));
}
