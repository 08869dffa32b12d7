import { badJson, invalidParam, MatrixError, notFound } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { signaturesOf, signedText, signingKeyIds, verifySignedJson } from '../../spec/signing.ts';
import type { CrossSigningUsage, StoredCrossSigningKey, StoredKeySignature } from '../../storage/e2ee/cross-signing.ts';
import { type DeviceKeys, ed25519KeyOf } from './device-keys.ts';

/** The keys that signatures are checked against. */
export interface KnownKeys {
  /** Whose signatures they are. */
  userId: string;
  /** Identity keys of the user's own devices, by device id. */
  devices: Map<string, DeviceKeys>;
  /** Cross-signing keys of the user and of those whose keys they sign. */
  crossSigning: Map<string, Partial<Record<CrossSigningUsage, StoredCrossSigningKey>>>;
}

/**
 * Checks the signatures on a device or key (client-server API, `POST /keys/signatures/upload`): the user's own devices
 * by their self-signing key, their own master key by their devices, other users' master keys by their user-signing key.
 * @param target a device id or public key
 * @param object what was signed, with the signatures
 * @returns the signatures to store
 * @throws MatrixError M_NOT_FOUND, M_INVALID_PARAM when something else was signed, M_INVALID_SIGNATURE, M_BAD_JSON
 */
export function checkSignedKey(
  known: KnownKeys,
  targetUserId: string,
  target: string,
  object: JsonObject,
): StoredKeySignature[] {
  const { userId, devices } = known;
  const own = known.crossSigning.get(userId) ?? {};
  const master = known.crossSigning.get(targetUserId)?.master;
  const device = targetUserId === userId ? devices.get(target) : undefined;
  const isMaster = master?.publicKey === target;
  if (!device && !isMaster) throw notFound('There is no such device or master key.');
  checkSame(device ?? JSON.parse((master as StoredCrossSigningKey).json), object);

  const keyIds = signingKeyIds(object, userId);
  const signers = new Map<string, string>();
  if (!device && targetUserId === userId) {
    for (const keys of devices.values()) {
      const key = ed25519KeyOf(keys);
      if (key !== undefined) signers.set(`ed25519:${keys.device_id}`, key);
    }
  } else {
    const usage = device ? 'self_signing' : 'user_signing';
    const key = own[usage]?.publicKey;
    if (key === undefined) throw notFound(`There is no ${usage} key.`);
    signers.set(`ed25519:${key}`, key);
  }
  // Signatures that came with the device from the start, and those of keys that are gone, are passed over.
  const used = keyIds.filter((keyId) => signers.has(keyId));
  if (used.length === 0) throw invalidSignature('No key that may sign this has signed it.');
  return used.map((keyId) => {
    if (!verifySignedJson(object, userId, keyId, signers.get(keyId) as string)) {
      throw invalidSignature(`The signature by ${keyId} is wrong.`);
    }
    const signature = signaturesOf(object)[userId]?.[keyId] as string;
    return { targetUserId, target, signerUserId: userId, keyId, signature };
  });
}

/** Nothing but signatures may differ: a signature is worth nothing on what others don't see. */
function checkSame(stored: JsonObject, sent: JsonObject): void {
  let text: string;
  try {
    text = signedText(sent);
  } catch (error) {
    throw badJson((error as Error).message);
  }
  if (text !== signedText(stored)) throw invalidParam('This is not the key that was uploaded.');
}

function invalidSignature(message: string): MatrixError {
  return new MatrixError(400, 'M_INVALID_SIGNATURE', message);
}
