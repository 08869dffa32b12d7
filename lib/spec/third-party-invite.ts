import { isJsonObject, type JsonObject } from './json.ts';
import { signaturesOf, signedText, verifyBytes } from './signing.ts';

/** Most signature checks for one invite: an event of 64 KiB could ask for hundreds of thousands. */
const MAX_CHECKS = 2048;

/** The public keys of an `m.room.third_party_invite` event: `public_key` and those in `public_keys`, each once. */
export function thirdPartyInviteKeys(content: JsonObject): string[] {
  const keys = new Set<string>();
  if (typeof content['public_key'] === 'string') keys.add(content['public_key']);
  const more = content['public_keys'];
  if (Array.isArray(more)) {
    for (const entry of more) {
      if (isJsonObject(entry) && typeof entry['public_key'] === 'string') keys.add(entry['public_key']);
    }
  }
  return [...keys];
}

/**
 * True when any Ed25519 signature in `signed` is by any of the keys that the `m.room.third_party_invite` content names
 * (room versions, rule about `third_party_invite`).
 */
export function isSignedByThirdPartyInvite(signed: JsonObject, inviteContent: JsonObject): boolean {
  const keys = thirdPartyInviteKeys(inviteContent);
  if (keys.length === 0) return false;
  let text: string;
  try {
    text = signedText(signed, 'lenient');
  } catch {
    return false;
  }
  let checks = 0;
  for (const signatures of Object.values(signaturesOf(signed))) {
    if (!isJsonObject(signatures)) continue;
    for (const [keyId, signature] of Object.entries(signatures)) {
      if (!keyId.startsWith('ed25519:') || typeof signature !== 'string') continue;
      for (const key of keys) {
        if (++checks > MAX_CHECKS) return false;
        if (verifyBytes(text, signature, key)) return true;
      }
    }
  }
  return false;
}
