import type { Queryable } from '../database.ts';

/** A slot as its owner holds it. */
export interface SlotLease {
  slot: number;
  epoch: number;
}

/**
 * Takes slots over, each with a new epoch, so that a batch of the owner before fails (P4).
 * @param force also those whose lease runs still.
 */
export async function claimSlots(
  db: Queryable,
  claim: { owner: string; address: string | null; slots: number[]; leaseMs: number; force: boolean },
): Promise<SlotLease[]> {
  return db.query(
    `UPDATE slots SET owner = $1, address = $2, epoch = epoch + 1, lease_until = now() + $4 * interval '1 ms'
     WHERE slot IN (SELECT slot FROM slots WHERE slot = ANY($3::smallint[]) AND ($5 OR lease_until < now()) ORDER BY slot FOR UPDATE)
     RETURNING slot, epoch`,
    [claim.owner, claim.address, claim.slots, claim.leaseMs, claim.force],
  );
}

/** Extends the leases that `owner` still holds under these epochs; the answer lists them. */
export async function renewSlots(
  db: Queryable,
  owner: string,
  leases: SlotLease[],
  leaseMs: number,
): Promise<SlotLease[]> {
  return db.query(
    `UPDATE slots s SET lease_until = now() + $4 * interval '1 ms'
     FROM unnest($2::smallint[], $3::bigint[]) AS l(slot, epoch)
     WHERE s.slot = l.slot AND s.epoch = l.epoch AND s.owner = $1 RETURNING s.slot, s.epoch`,
    [owner, leases.map((l) => l.slot), leases.map((l) => l.epoch), leaseMs],
  );
}

/** Gives slots back at once. */
export async function releaseSlots(db: Queryable, owner: string, slots: number[]): Promise<void> {
  await db.query(
    `UPDATE slots SET owner = NULL, address = NULL, lease_until = 'epoch' WHERE owner = $1 AND slot = ANY($2::smallint[])`,
    [owner, slots],
  );
}
