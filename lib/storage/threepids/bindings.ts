import type { Queryable } from '../database.ts';

/** An identity server knows whose an identifier is. */
export interface ThreepidBinding {
  medium: string;
  address: string;
  idServer: string;
}

/** Notes a binding. */
export async function addBinding(db: Queryable, userId: string, binding: ThreepidBinding): Promise<void> {
  await db.query(
    `INSERT INTO threepid_bindings (user_id, medium, address, id_server) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [userId, binding.medium, binding.address, binding.idServer],
  );
}

/** Bindings of a user, all of them or those of one identifier. */
export async function getBindings(
  db: Queryable,
  userId: string,
  threepid?: { medium: string; address: string },
): Promise<ThreepidBinding[]> {
  return db.query(
    `SELECT medium, address, id_server AS "idServer" FROM threepid_bindings
     WHERE user_id = $1 AND ($2::text IS NULL OR (medium = $2 AND address = $3)) ORDER BY id_server`,
    [userId, threepid?.medium ?? null, threepid?.address ?? null],
  );
}

/** Forgets a binding. */
export async function deleteBinding(db: Queryable, userId: string, binding: ThreepidBinding): Promise<void> {
  await db.query(
    'DELETE FROM threepid_bindings WHERE user_id = $1 AND medium = $2 AND address = $3 AND id_server = $4',
    [userId, binding.medium, binding.address, binding.idServer],
  );
}
