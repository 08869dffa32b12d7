import type { Queryable } from '../database.ts';

const AT_ONCE = 500;

/** Entries that were dealt with, and the last of them; null when none was left. */
export interface UpdateStep {
  count: number;
  last: string | null;
}

/** Has the user directory make the entries of some users anew: those after a user id. */
export async function noteSomeUsers(db: Queryable, after: string): Promise<UpdateStep> {
  const [row] = await db.query<UpdateStep>(
    `WITH page AS (SELECT user_id FROM users WHERE user_id > $1 ORDER BY user_id LIMIT ${AT_ONCE}),
     noted AS (INSERT INTO user_directory_changes (user_id) SELECT user_id FROM page ON CONFLICT DO NOTHING)
     SELECT count(*) AS count, max(user_id) AS last FROM page`,
    [after],
  );
  return row ?? { count: 0, last: null };
}

/** Has the summaries of some rooms made anew when somebody asks for them: those after a number, given as text. */
export async function forgetSomeSummaries(db: Queryable, after: string): Promise<UpdateStep> {
  const [row] = await db.query<UpdateStep>(
    `WITH page AS (SELECT room_nid FROM room_summaries WHERE room_nid > $1 ORDER BY room_nid LIMIT ${AT_ONCE}),
     gone AS (DELETE FROM room_summaries s USING page WHERE s.room_nid = page.room_nid)
     SELECT count(*) AS count, max(room_nid)::text AS last FROM page`,
    [Number(after)],
  );
  return row ?? { count: 0, last: null };
}
