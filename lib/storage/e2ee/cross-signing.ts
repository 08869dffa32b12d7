import { textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** What a cross-signing key is for. */
export type CrossSigningUsage = 'master' | 'self_signing' | 'user_signing';

/** A cross-signing key. */
export interface StoredCrossSigningKey {
  userId: string;
  usage: CrossSigningUsage;
  /** Unpadded base64. */
  publicKey: string;
  /** Canonical JSON as uploaded, without `unsigned`. */
  json: string;
}

/** A signature that was uploaded apart from what it signs. */
export interface StoredKeySignature {
  targetUserId: string;
  /** A device id or a public key. */
  target: string;
  signerUserId: string;
  keyId: string;
  signature: string;
}

/** Cross-signing keys of some users. */
export async function getCrossSigningKeys(db: Queryable, userIds: string[]): Promise<StoredCrossSigningKey[]> {
  return db.query(
    `SELECT user_id AS "userId", usage, public_key AS "publicKey", json FROM cross_signing_keys
     WHERE user_id = ANY($1::text[])`,
    [userIds],
  );
}

/** Lets one transaction at a time change what belongs to a user as a whole: cross-signing keys, backups. */
export async function lockUser(tx: Queryable, userId: string): Promise<void> {
  await tx.query('SELECT 1 FROM users WHERE user_id = $1 FOR NO KEY UPDATE', [userId]);
}

/** Stores cross-signing keys of one user in place of those with the same usage. */
export async function putCrossSigningKeys(tx: Queryable, keys: StoredCrossSigningKey[]): Promise<void> {
  await tx.query(
    `INSERT INTO cross_signing_keys (user_id, usage, public_key, json)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
     ON CONFLICT (user_id, usage) DO UPDATE SET public_key = EXCLUDED.public_key, json = EXCLUDED.json`,
    [
      textArray(keys.map((key) => key.userId)),
      textArray(keys.map((key) => key.usage)),
      textArray(keys.map((key) => key.publicKey)),
      textArray(keys.map((key) => key.json)),
    ],
  );
}

/** Deletes cross-signing keys of a user, with the signatures that they made and those on them. */
export async function deleteCrossSigningKeys(
  tx: Queryable,
  userId: string,
  keys: Pick<StoredCrossSigningKey, 'usage' | 'publicKey'>[],
): Promise<void> {
  if (keys.length === 0) return;
  const publicKeys = keys.map((key) => key.publicKey);
  await tx.query('DELETE FROM cross_signing_keys WHERE user_id = $1 AND usage = ANY($2::text[])', [
    userId,
    keys.map((key) => key.usage),
  ]);
  await tx.query('DELETE FROM key_signatures WHERE signer_user_id = $1 AND key_id = ANY($2::text[])', [
    userId,
    publicKeys.map((key) => `ed25519:${key}`),
  ]);
  await deleteSignaturesOn(tx, userId, publicKeys);
}

/** Deletes the signatures on devices or keys of a user. */
export async function deleteSignaturesOn(tx: Queryable, userId: string, targets: string[]): Promise<void> {
  await tx.query('DELETE FROM key_signatures WHERE target_user_id = $1 AND target = ANY($2::text[])', [
    userId,
    targets,
  ]);
}

/** Stores signatures; returns those that are new or another than before. */
export async function putKeySignatures(
  tx: Queryable,
  signatures: StoredKeySignature[],
): Promise<Pick<StoredKeySignature, 'targetUserId' | 'target'>[]> {
  return tx.query(
    `INSERT INTO key_signatures (target_user_id, target, signer_user_id, key_id, signature)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS s ORDER BY 1, 2, 3, 4
     ON CONFLICT (target_user_id, signer_user_id, target, key_id) DO UPDATE SET signature = EXCLUDED.signature
       WHERE key_signatures.signature <> EXCLUDED.signature
     RETURNING target_user_id AS "targetUserId", target`,
    [
      textArray(signatures.map((s) => s.targetUserId)),
      textArray(signatures.map((s) => s.target)),
      textArray(signatures.map((s) => s.signerUserId)),
      textArray(signatures.map((s) => s.keyId)),
      textArray(signatures.map((s) => s.signature)),
    ],
  );
}

/** Signatures on keys of some users, by those users themselves and by `viewer`: nobody else's are shown. */
export async function getKeySignatures(
  db: Queryable,
  userIds: string[],
  viewer: string | null,
): Promise<StoredKeySignature[]> {
  return db.query(
    `SELECT target_user_id AS "targetUserId", target, signer_user_id AS "signerUserId", key_id AS "keyId", signature
     FROM unnest($1::text[]) AS u(user_id)
     JOIN key_signatures ON target_user_id = u.user_id AND signer_user_id = ANY(ARRAY[u.user_id, $2])`,
    [userIds, viewer],
  );
}
