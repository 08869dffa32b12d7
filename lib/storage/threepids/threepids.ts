import type { ThreepidRow } from '../accounts/threepids.ts';
import type { Queryable } from '../database.ts';

/** Gives an identifier to a user. False when it is somebody else's. */
export async function putThreepid(db: Queryable, userId: string, threepid: ThreepidRow): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO user_threepids AS o (medium, address, user_id, validated_ts, added_ts) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (medium, address) DO UPDATE SET validated_ts = EXCLUDED.validated_ts WHERE o.user_id = EXCLUDED.user_id
     RETURNING o.user_id`,
    [threepid.medium, threepid.address, userId, threepid.validatedTs, threepid.addedTs],
  );
  return rows.length > 0;
}

/** Takes an identifier from a user; nothing happens when the user has no such. */
export async function deleteThreepid(db: Queryable, userId: string, medium: string, address: string): Promise<void> {
  await db.query('DELETE FROM user_threepids WHERE user_id = $1 AND medium = $2 AND address = $3', [
    userId,
    medium,
    address,
  ]);
}
