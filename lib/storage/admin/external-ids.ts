import type { Queryable } from '../database.ts';

/** Who a user is at a single sign-on provider. */
export interface ExternalId {
  authProvider: string;
  externalId: string;
}

/** A user's external identities. */
export async function getExternalIds(db: Queryable, userId: string): Promise<ExternalId[]> {
  return db.query(
    `SELECT auth_provider AS "authProvider", external_id AS "externalId" FROM user_external_ids WHERE user_id = $1
     ORDER BY auth_provider, external_id`,
    [userId],
  );
}

/** Whose an external identity is. */
export async function getUserByExternalId(db: Queryable, id: ExternalId): Promise<string | undefined> {
  const [row] = await db.query<{ userId: string }>(
    'SELECT user_id AS "userId" FROM user_external_ids WHERE auth_provider = $1 AND external_id = $2',
    [id.authProvider, id.externalId],
  );
  return row?.userId;
}

/** Adds an external identity; somebody's that it is already stays theirs. */
export async function addExternalId(db: Queryable, userId: string, id: ExternalId): Promise<void> {
  await db.query(
    'INSERT INTO user_external_ids (auth_provider, external_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [id.authProvider, id.externalId, userId],
  );
}

/** Gives a user these external identities in place of all others; needs a transaction. False when one is somebody else's. */
export async function replaceExternalIds(tx: Queryable, userId: string, ids: ExternalId[]): Promise<boolean> {
  await tx.query('DELETE FROM user_external_ids WHERE user_id = $1', [userId]);
  const rows = await tx.query(
    `INSERT INTO user_external_ids (auth_provider, external_id, user_id)
     SELECT DISTINCT provider, id, $3 FROM unnest($1::text[], $2::text[]) AS i(provider, id)
     ON CONFLICT DO NOTHING RETURNING 1`,
    [ids.map((id) => id.authProvider), ids.map((id) => id.externalId), userId],
  );
  return rows.length === new Set(ids.map((id) => `${id.authProvider}\0${id.externalId}`)).size;
}
