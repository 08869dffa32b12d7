import type { Queryable } from '../database.ts';

/** A shard of a unit's work as its owner holds it. */
export interface Lease {
  shard: number;
  epoch: number;
}

/** A shard of a unit and who has it. */
export interface OwnedShard extends Lease {
  unit: string;
  owner: string;
}

// An owner counts for as long as its process does.
const OWNER_IS_ALIVE = 'SELECT 1 FROM unit_processes p WHERE p.process = l.owner AND p.lease_until > now()';

/**
 * Takes shards over, each with a new epoch, so that a batch of the owner before fails (P4).
 * @param claim.force also those whose owner is alive
 */
export async function claimLeases(
  db: Queryable,
  claim: { unit: string; shards: number[]; process: string; force: boolean },
): Promise<Lease[]> {
  return db.query(
    `INSERT INTO unit_leases AS l (unit, shard, owner, epoch)
     SELECT $1, s.shard, $3, 1 FROM unnest($2::smallint[]) AS s(shard) ORDER BY s.shard
     ON CONFLICT (unit, shard) DO UPDATE SET owner = EXCLUDED.owner, epoch = l.epoch + 1
     WHERE $4 OR l.owner IS NULL OR NOT EXISTS (${OWNER_IS_ALIVE})
     RETURNING shard, epoch`,
    [claim.unit, claim.shards, claim.process, claim.force],
  );
}

/** Hands shards to another process, if that one is alive and stays. Returns those that it has now. */
export async function transferLeases(
  db: Queryable,
  transfer: { unit: string; shards: number[]; from: string; to: string },
): Promise<number[]> {
  const rows = await db.query<{ shard: number }>(
    `UPDATE unit_leases SET owner = $4, epoch = epoch + 1
     WHERE unit = $1 AND shard IN (
       SELECT shard FROM unit_leases WHERE unit = $1 AND shard = ANY($2::smallint[]) AND owner = $3 ORDER BY shard FOR UPDATE)
     AND EXISTS (SELECT 1 FROM unit_processes WHERE process = $4 AND lease_until > now() AND NOT draining)
     RETURNING shard`,
    [transfer.unit, transfer.shards, transfer.from, transfer.to],
  );
  return rows.map((row) => row.shard);
}

/** Gives everything that a process owns back, and takes it from the list of those that run. */
export async function endProcess(db: Queryable, process: string): Promise<void> {
  await db.query(
    `WITH held AS (SELECT unit, shard FROM unit_leases WHERE owner = $1 ORDER BY unit, shard FOR UPDATE),
     freed AS (
       UPDATE unit_leases l SET owner = NULL, epoch = l.epoch + 1 FROM held
       WHERE l.unit = held.unit AND l.shard = held.shard)
     DELETE FROM unit_processes WHERE process = $1`,
    [process],
  );
}
