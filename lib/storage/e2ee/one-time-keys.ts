import { textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** What a device has left: one-time keys by algorithm, and algorithms whose fallback key is unused. */
export interface KeyCounts {
  oneTime: Record<string, number>;
  unusedFallback: string[];
}

/** A one-time or fallback key. */
export interface StoredOneTimeKey {
  algorithm: string;
  keyId: string;
  /** Canonical JSON. */
  json: string;
}

/** A key that was given out. */
export interface ClaimedKey extends StoredOneTimeKey {
  userId: string;
  deviceId: string;
}

/** A device of which somebody wants a key. */
export type WantedKey = Omit<ClaimedKey, 'keyId' | 'json'>;

/** Counts a device's one-time keys and lists its unused fallback keys. */
export async function getKeyCounts(db: Queryable, userId: string, deviceId: string): Promise<KeyCounts> {
  const rows = await db.query<{ algorithm: string; count: number | null }>(
    `SELECT algorithm, count(*) AS count FROM one_time_keys
     WHERE user_id = $1 AND device_id = $2 AND claimed_ts IS NULL GROUP BY algorithm
     UNION ALL
     SELECT algorithm, NULL FROM fallback_keys WHERE user_id = $1 AND device_id = $2 AND NOT used`,
    [userId, deviceId],
  );
  const counts: KeyCounts = { oneTime: {}, unusedFallback: [] };
  for (const { algorithm, count } of rows) {
    if (count === null) counts.unusedFallback.push(algorithm);
    else counts.oneTime[algorithm] = count;
  }
  return counts;
}

/**
 * Adds one-time keys in their order; the device is locked. Keys that are there, or were given out, stay as they are.
 * @returns how many are new, and a key (`algorithm:id`) that is there with other content, if any.
 */
export async function putOneTimeKeys(
  tx: Queryable,
  userId: string,
  deviceId: string,
  keys: StoredOneTimeKey[],
): Promise<{ added: number; conflict: string | null }> {
  // An id that was given out may come again with another key: it is another key.
  const [row] = await tx.query<{ added: number; conflict: string | null }>(
    `WITH new AS (
       SELECT * FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS n(algorithm, key_id, json, nth)
     ), put AS (
       INSERT INTO one_time_keys (user_id, device_id, algorithm, key_id, json)
       SELECT $1, $2, algorithm, key_id, json FROM new ORDER BY nth
       ON CONFLICT (user_id, device_id, algorithm, key_id)
         DO UPDATE SET json = EXCLUDED.json, claimed_ts = NULL, place = DEFAULT
         WHERE one_time_keys.claimed_ts IS NOT NULL AND one_time_keys.json <> EXCLUDED.json
       RETURNING 1
     ) SELECT (SELECT count(*) FROM put) AS added, (
         SELECT new.algorithm || ':' || new.key_id FROM new JOIN one_time_keys o
           ON o.user_id = $1 AND o.device_id = $2 AND o.algorithm = new.algorithm AND o.key_id = new.key_id
         WHERE o.claimed_ts IS NULL AND o.json <> new.json LIMIT 1) AS conflict`,
    [userId, deviceId, ...columns(keys)],
  );
  return row as { added: number; conflict: string | null };
}

/** Stores fallback keys, one an algorithm. Returns how many are new; one that is there stays used or unused. */
export async function putFallbackKeys(
  tx: Queryable,
  userId: string,
  deviceId: string,
  keys: StoredOneTimeKey[],
): Promise<number> {
  const rows = await tx.query(
    `INSERT INTO fallback_keys (user_id, device_id, algorithm, key_id, json)
     SELECT $1, $2, n.* FROM unnest($3::text[], $4::text[], $5::text[]) AS n
     ON CONFLICT (user_id, device_id, algorithm)
       DO UPDATE SET key_id = EXCLUDED.key_id, json = EXCLUDED.json, used = false
       WHERE (fallback_keys.key_id, fallback_keys.json) <> (EXCLUDED.key_id, EXCLUDED.json)
     RETURNING 1`,
    [userId, deviceId, ...columns(keys)],
  );
  return rows.length;
}

const WANTED = `wanted AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS w(user_id, device_id, algorithm))`;

/**
 * Gives out one one-time key for each wanted device, the oldest first. Claims that run at the same time pass over each
 * other's keys, so nobody waits and no key goes out twice.
 */
export async function claimOneTimeKeys(db: Queryable, wanted: WantedKey[], now: number): Promise<ClaimedKey[]> {
  return db.query(
    `WITH ${WANTED}, picked AS (
       SELECT k.* FROM wanted w CROSS JOIN LATERAL (
         SELECT o.user_id, o.device_id, o.algorithm, o.key_id FROM one_time_keys o
         WHERE o.user_id = w.user_id AND o.device_id = w.device_id AND o.algorithm = w.algorithm
           AND o.claimed_ts IS NULL
         ORDER BY o.place LIMIT 1 FOR UPDATE SKIP LOCKED) k
     ) UPDATE one_time_keys o SET claimed_ts = $4 FROM picked p
       WHERE o.user_id = p.user_id AND o.device_id = p.device_id AND o.algorithm = p.algorithm AND o.key_id = p.key_id
       RETURNING o.user_id AS "userId", o.device_id AS "deviceId", o.algorithm, o.key_id AS "keyId", o.json`,
    [...wantedColumns(wanted), now],
  );
}

/** Fallback keys of the wanted devices. Notes that they are used; `fresh` says which of them were not before. */
export async function claimFallbackKeys(
  db: Queryable,
  wanted: WantedKey[],
): Promise<(ClaimedKey & { fresh: boolean })[]> {
  // Locked in one order, and what somebody else marks or replaces just now is passed over: nobody waits.
  return db.query(
    `WITH ${WANTED}, unused AS (
       SELECT f.user_id, f.device_id, f.algorithm, f.key_id FROM fallback_keys f JOIN wanted w USING (user_id, device_id, algorithm)
       WHERE NOT f.used ORDER BY 1, 2, 3 FOR UPDATE OF f SKIP LOCKED
     ), marked AS (
       UPDATE fallback_keys f SET used = true FROM unused u
       WHERE f.user_id = u.user_id AND f.device_id = u.device_id AND f.algorithm = u.algorithm AND f.key_id = u.key_id
       RETURNING f.user_id, f.device_id, f.algorithm
     ) SELECT f.user_id AS "userId", f.device_id AS "deviceId", f.algorithm, f.key_id AS "keyId", f.json,
         m.user_id IS NOT NULL AS fresh
       FROM fallback_keys f JOIN wanted w USING (user_id, device_id, algorithm)
       LEFT JOIN marked m USING (user_id, device_id, algorithm)`,
    wantedColumns(wanted),
  );
}

/** Forgets keys that were given out before `ts`. */
export async function pruneClaimedKeys(db: Queryable, ts: number): Promise<void> {
  await db.query('DELETE FROM one_time_keys WHERE claimed_ts < $1', [ts]);
}

function columns(keys: StoredOneTimeKey[]): string[] {
  return [
    textArray(keys.map((key) => key.algorithm)),
    textArray(keys.map((key) => key.keyId)),
    textArray(keys.map((key) => key.json)),
  ];
}

function wantedColumns(wanted: WantedKey[]): string[] {
  return [
    textArray(wanted.map((key) => key.userId)),
    textArray(wanted.map((key) => key.deviceId)),
    textArray(wanted.map((key) => key.algorithm)),
  ];
}
