import type { Queryable } from '../database.ts';

/** Orders of {@link getMediaStatistics}, by the name that the admin API gives them. */
export const STATISTICS_ORDERS = {
  user_id: 'm.user_id',
  displayname: 'p.display_name',
  media_count: 'count(*)',
  media_length: 'sum(m.size)',
} as const;

/** What a user has uploaded. */
export interface UserMedia {
  user_id: string;
  displayname: string | null;
  media_count: number;
  media_length: number;
}

/** A page of uploads by user, and how many users there are. */
export async function getMediaStatistics(
  db: Queryable,
  query: {
    from: number;
    limit: number;
    order: keyof typeof STATISTICS_ORDERS;
    descending: boolean;
    search?: string | undefined;
    /** Milliseconds; only what was uploaded in between counts. */
    fromTs?: number | undefined;
    untilTs?: number | undefined;
  },
): Promise<{ users: UserMedia[]; total: number }> {
  const grouped = `FROM media m LEFT JOIN profiles p ON p.user_id = m.user_id
    WHERE m.user_id IS NOT NULL AND m.blob_key IS NOT NULL AND m.created_ts >= $1 AND m.created_ts <= $2
      AND ($3::text IS NULL OR strpos(lower(m.user_id), lower($3)) > 0 OR strpos(lower(p.display_name), lower($3)) > 0)
    GROUP BY m.user_id, p.display_name`;
  const params = [query.fromTs ?? 0, query.untilTs ?? Number.MAX_SAFE_INTEGER, query.search ?? null];
  const users = await db.query<UserMedia>(
    `SELECT m.user_id, p.display_name AS displayname, count(*) AS media_count, sum(m.size) AS media_length ${grouped}
     ORDER BY ${STATISTICS_ORDERS[query.order]} ${query.descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST'}, m.user_id
     LIMIT $4 OFFSET $5`,
    [...params, query.limit, query.from],
  );
  const [count] = await db.query<{ total: number }>(
    `SELECT count(*) AS total FROM (SELECT 1 ${grouped}) AS found`,
    params,
  );
  return { users, total: count?.total ?? 0 };
}
