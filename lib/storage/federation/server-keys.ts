import { numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** A signing key of a server. */
export interface StoredServerKey {
  serverName: string;
  keyId: string;
  /** Unpadded base64. */
  publicKey: string;
  /** Signatures made up to then count; milliseconds. */
  validUntilTs: number;
  /** The signed answer that it was found in. */
  response: string;
  fetchedTs: number;
}

const COLUMNS = `k.server_name AS "serverName", k.key_id AS "keyId", k.public_key AS "publicKey",
  k.valid_until_ts AS "validUntilTs", k.response, k.fetched_ts AS "fetchedTs"`;

/** The keys that are stored of those asked for. */
export async function getServerKeys(
  db: Queryable,
  wanted: readonly { serverName: string; keyId: string }[],
): Promise<StoredServerKey[]> {
  if (wanted.length === 0) return [];
  return db.query(
    `SELECT ${COLUMNS} FROM unnest($1::text[], $2::text[]) AS w(server_name, key_id)
     JOIN server_keys k USING (server_name, key_id)`,
    [textArray(wanted.map((w) => w.serverName)), textArray(wanted.map((w) => w.keyId))],
  );
}

/** Every key that is stored of some servers. */
export async function getKeysOfServers(db: Queryable, serverNames: readonly string[]): Promise<StoredServerKey[]> {
  return db.query(`SELECT ${COLUMNS} FROM server_keys k WHERE k.server_name = ANY($1::text[])`, [
    textArray(serverNames),
  ]);
}

/**
 * Stores keys, each at most once. What was fetched earlier does not replace what was fetched later, and with `extendOnly`
 * a key's validity never becomes shorter (for what others than its server say).
 */
export async function putServerKeys(
  db: Queryable,
  keys: readonly StoredServerKey[],
  { extendOnly = false }: { extendOnly?: boolean } = {},
): Promise<void> {
  if (keys.length === 0) return;
  await db.query(
    `INSERT INTO server_keys AS k (server_name, key_id, public_key, valid_until_ts, response, fetched_ts)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[])
     ON CONFLICT (server_name, key_id) DO UPDATE SET public_key = EXCLUDED.public_key,
       valid_until_ts = EXCLUDED.valid_until_ts, response = EXCLUDED.response, fetched_ts = EXCLUDED.fetched_ts
     WHERE EXCLUDED.fetched_ts >= k.fetched_ts AND (NOT $7 OR EXCLUDED.valid_until_ts > k.valid_until_ts)`,
    [
      textArray(keys.map((key) => key.serverName)),
      textArray(keys.map((key) => key.keyId)),
      textArray(keys.map((key) => key.publicKey)),
      numberArray(keys.map((key) => key.validUntilTs)),
      textArray(keys.map((key) => key.response)),
      numberArray(keys.map((key) => key.fetchedTs)),
      extendOnly,
    ],
  );
}
