import type { Queryable } from '../database.ts';

/** What a user wants to hear of a thread. */
export interface ThreadSubscription {
  roomId: string;
  threadRoot: string;
  subscribed: boolean;
  automatic: boolean;
  /** Place in the events stream where the user last unsubscribed; 0: never. */
  unsubscribedAt: number;
  /** Place of the last change in the account_data stream. */
  position: number;
}

/** A change of a subscription. */
export interface SubscriptionChange {
  userId: string;
  roomNid: number;
  threadRoot: string;
  subscribed: boolean;
  automatic: boolean;
}

const COLUMNS = `r.room_id AS "roomId", s.thread_root AS "threadRoot", s.subscribed, s.automatic,
  s.unsubscribed_at AS "unsubscribedAt", s.position`;
const TABLES = 'thread_subscriptions s JOIN rooms r ON r.room_nid = s.room_nid';

/** A user's subscription of a thread; undefined where there never was one. */
export async function getThreadSubscription(
  db: Queryable,
  userId: string,
  roomNid: number,
  threadRoot: string,
): Promise<ThreadSubscription | undefined> {
  const [row] = await db.query<ThreadSubscription>(
    `SELECT ${COLUMNS} FROM ${TABLES} WHERE s.user_id = $1 AND s.room_nid = $2 AND s.thread_root = $3`,
    [userId, roomNid, threadRoot],
  );
  return row;
}

/**
 * Stores a change. Returns its place in the account_data stream; null when nothing changes. An automatic subscription
 * leaves one that the user wished for as it is.
 */
export async function putThreadSubscription(db: Queryable, change: SubscriptionChange): Promise<number | null> {
  const { userId, roomNid, threadRoot, subscribed, automatic } = change;
  const [row] = await db.query<{ position: number }>(
    `WITH turn AS (
       UPDATE stream_positions SET position = position + 1 WHERE stream = 'account_data' AND NOT EXISTS (
         SELECT 1 FROM thread_subscriptions WHERE user_id = $1 AND room_nid = $2 AND thread_root = $3
           AND subscribed = $4 AND (NOT subscribed OR automatic = $5 OR $5))
         AND ($4 OR EXISTS (SELECT 1 FROM thread_subscriptions WHERE user_id = $1 AND room_nid = $2 AND thread_root = $3))
       RETURNING position
     ), place AS (SELECT CASE WHEN $4 THEN 0 ELSE position END AS events FROM stream_positions WHERE stream = 'events')
     INSERT INTO thread_subscriptions AS t (user_id, room_nid, thread_root, subscribed, automatic, unsubscribed_at, position)
     SELECT $1, $2, $3, $4, $5, place.events, turn.position FROM turn, place
     ON CONFLICT (user_id, room_nid, thread_root) DO UPDATE SET subscribed = EXCLUDED.subscribed,
       automatic = EXCLUDED.automatic, position = EXCLUDED.position,
       unsubscribed_at = greatest(t.unsubscribed_at, EXCLUDED.unsubscribed_at)
     RETURNING position`,
    [userId, roomNid, threadRoot, subscribed, automatic],
  );
  return row?.position ?? null;
}

/** The newest changes of a user's subscriptions in `from < position <= to`, the latest first. */
export async function getThreadSubscriptionsBetween(
  db: Queryable,
  userId: string,
  range: { from: number; to: number; limit: number },
): Promise<ThreadSubscription[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM ${TABLES} WHERE s.user_id = $1 AND s.position > $2 AND s.position <= $3
       AND ($2 > 0 OR s.subscribed) ORDER BY s.position DESC LIMIT $4`,
    [userId, range.from, range.to, range.limit],
  );
}
