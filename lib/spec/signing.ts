import { Buffer } from 'node:buffer';
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { decodeAnyBase64, encodeBase64 } from './base64.ts';
import { type CanonicalMode, canonicalJson } from './canonical-json.ts';
import { isJsonObject } from './json.ts';
import { LETTERS, randomString } from './random.ts';

/** An Ed25519 key that signs for a server. */
export interface SigningKey {
  /** Signing key identifier, such as `ed25519:a_ABCD`. */
  readonly keyId: string;
  /** Public key, unpadded base64. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** `signatures` of a signed JSON object: entity, then signing key identifier, then unpadded base64. */
export type Signatures = Record<string, Record<string, string>>;

// The fixed DER around a raw Ed25519 seed (PKCS #8) and a raw public key (SPKI), RFC 8410.
const SEED_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_VERSION = /^[0-9A-Za-z_]+$/;

const MAX_CACHED_KEYS = 4096;
const publicKeys = new Map<string, KeyObject>();

/** The signing key with this 32-byte seed; `version` is the part of the identifier after `ed25519:`. */
export function signingKeyFromSeed(version: string, seed: Uint8Array): SigningKey {
  if (!KEY_VERSION.test(version)) throw new Error(`signing key version "${version}" may hold only letters, digits, _`);
  if (seed.length !== 32) throw new Error('the seed of a signing key has 32 bytes');
  const privateKey = createPrivateKey({ key: Buffer.concat([SEED_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { keyId: `ed25519:${version}`, publicKey: encodeBase64(spki.subarray(-32)), privateKey };
}

/** A new random signing key, by default with a version such as `a_XkqP`. */
export function generateSigningKey(version = `a_${randomString(4, LETTERS)}`): SigningKey {
  return signingKeyFromSeed(version, randomBytes(32));
}

/**
 * Every key of a signing key file: lines `ed25519 <version> <base64 seed>`. Throws an Error that names the line and
 * never quotes the seed.
 */
export function parseSigningKeys(text: string): SigningKey[] {
  const keys: SigningKey[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || words[0]?.startsWith('#')) continue;
    const [algorithm, version, seed] = words;
    if (words.length !== 3 || algorithm !== 'ed25519' || version === undefined || seed === undefined) {
      throw new Error(`line ${index + 1} of the signing key file is not "ed25519 <version> <base64 seed>"`);
    }
    keys.push(signingKeyFromSeed(version, seedOf(seed, index + 1)));
  }
  if (keys.length === 0) throw new Error('the signing key file holds no key');
  return keys;
}

function seedOf(text: string, line: number): Buffer {
  try {
    return decodeAnyBase64(text);
  } catch {
    throw new Error(`line ${line} of the signing key file has a seed that is not base64`);
  }
}

/** The first key of a signing key file: the one that signs. */
export function parseSigningKeyFile(text: string): SigningKey {
  return parseSigningKeys(text)[0]!;
}

/** One line of a signing key file, line end included. It holds the secret seed. */
export function formatSigningKey(key: SigningKey): string {
  const seed = key.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  return `ed25519 ${key.keyId.slice('ed25519:'.length)} ${encodeBase64(seed)}\n`;
}

/** The Ed25519 signature of bytes (a string is taken as UTF-8), unpadded base64. */
export function signBytes(bytes: Uint8Array | string, key: SigningKey): string {
  return encodeBase64(sign(null, typeof bytes === 'string' ? Buffer.from(bytes) : bytes, key.privateKey));
}

/** True when `signature` (base64) is the key's over the bytes. False, never an error, for malformed input. */
export function verifyBytes(bytes: Uint8Array | string, signature: string, publicKeyBase64: string): boolean {
  if (typeof signature !== 'string') return false;
  try {
    const raw = decodeAnyBase64(signature);
    const key = publicKeyObject(publicKeyBase64);
    if (raw.length !== 64 || key === undefined) return false;
    return verify(null, typeof bytes === 'string' ? Buffer.from(bytes) : bytes, key, raw);
  } catch {
    return false;
  }
}

function publicKeyObject(base64: string): KeyObject | undefined {
  const cached = publicKeys.get(base64);
  if (cached !== undefined) return cached;
  const raw = decodeAnyBase64(base64);
  if (raw.length !== 32) return undefined;
  const key = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, raw]), format: 'der', type: 'spki' });
  if (publicKeys.size >= MAX_CACHED_KEYS) publicKeys.clear();
  publicKeys.set(base64, key);
  return key;
}

/** The text that signatures of an object cover: canonical JSON without `signatures` and `unsigned`. */
export function signedText(object: object, mode: CanonicalMode = 'strict'): string {
  const { signatures: _signatures, unsigned: _unsigned, ...rest } = object as Record<string, unknown>;
  return canonicalJson(rest, mode);
}

/** A copy of the object with the server's signature added to those it has (appendices, "Signing JSON"). */
export function signJson<T extends object>(
  object: T,
  serverName: string,
  key: SigningKey,
): T & { signatures: Signatures } {
  const signature = signBytes(signedText(object), key);
  return { ...object, signatures: addSignature(signaturesOf(object), serverName, key.keyId, signature) };
}

/** `signatures` with one more. */
export function addSignature(signatures: Signatures, entity: string, keyId: string, signature: string): Signatures {
  return { ...signatures, [entity]: { ...signatures[entity], [keyId]: signature } };
}

/** The `signatures` of an object; empty when missing or malformed. */
export function signaturesOf(object: object): Signatures {
  const { signatures } = object as { signatures?: unknown };
  return isJsonObject(signatures) ? (signatures as unknown as Signatures) : {};
}

/** Signing key identifiers with which an entity claims to have signed, of algorithms that can be verified. */
export function signingKeyIds(object: object, entity: string): string[] {
  const signatures = signaturesOf(object);
  const own = Object.hasOwn(signatures, entity) ? signatures[entity] : undefined;
  if (!isJsonObject(own)) return [];
  return Object.keys(own).filter((id) => id.startsWith('ed25519:') && typeof own[id] === 'string');
}

/**
 * True when the object carries a signature by `entity` with that key and it is right (appendices, "Checking for a
 * Signature"). False, never an error, for malformed input.
 */
export function verifySignedJson(
  object: object,
  entity: string,
  keyId: string,
  publicKeyBase64: string,
  mode: CanonicalMode = 'strict',
): boolean {
  if (!signingKeyIds(object, entity).includes(keyId)) return false;
  try {
    return verifyBytes(signedText(object, mode), signaturesOf(object)[entity]![keyId]!, publicKeyBase64);
  } catch {
    return false;
  }
}
