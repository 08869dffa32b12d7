import { numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';
import type { EventRow } from '../events/event-row.ts';
import { EVENT_COLUMNS } from '../events/read-events.ts';
import { PUSHER_COLUMNS, type PusherRow } from './pushers.ts';

/**
 * Queues events for the pushers of those whom they notify: local members other than the sender, and who is invited.
 * Needs a transaction, and rows that are in the events stream.
 */
export async function queuePushes(tx: Queryable, rows: EventRow[], now: number): Promise<number> {
  if (rows.length === 0) return 0;
  const [answer] = await tx.query<{ count: number }>(
    `WITH concerned AS (
       SELECT p.pusher_id, e.position
       FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::text[], $5::text[]) AS e(position, room_nid, notify, sender, target)
       JOIN memberships m ON m.room_nid = e.room_nid AND m.local AND m.user_id <> e.sender
         AND (m.membership = 'join' OR (m.membership = 'invite' AND m.user_id = e.target))
       JOIN pushers p ON p.user_id = m.user_id AND p.kind = 'http' AND p.enabled AND p.since_position < e.position
       LEFT JOIN push_exceptions x ON x.user_id = m.user_id AND x.room_nid = e.room_nid AND x.position = e.position
       WHERE coalesce(x.notify, e.notify) > 0
     ), locked AS MATERIALIZED (
       SELECT pusher_id FROM pushers WHERE pusher_id IN (SELECT pusher_id FROM concerned) ORDER BY pusher_id FOR UPDATE
     ), due AS (
       UPDATE pushers p SET wanted = p.wanted + 1, due_ts = coalesce(p.due_ts, $6) FROM locked l
       WHERE p.pusher_id = l.pusher_id RETURNING p.pusher_id
     ), queued AS (
       INSERT INTO push_queue (pusher_id, position, queued_ts)
       SELECT c.pusher_id, c.position, $6 FROM concerned c JOIN due d ON d.pusher_id = c.pusher_id
       ON CONFLICT DO NOTHING RETURNING 1
     ) SELECT count(*) FROM queued`,
    [
      numberArray(rows.map((row) => row.position)),
      numberArray(rows.map((row) => row.roomNid)),
      numberArray(rows.map((row) => row.notify)),
      textArray(rows.map((row) => row.sender)),
      textArray(rows.map((row) => (row.type === 'm.room.member' ? row.stateKey : null))),
      now,
    ],
  );
  return answer?.count ?? 0;
}

/** Notes that the unread counts of some users may have changed. False when none of them has a pusher. */
export async function wantBadges(db: Queryable, userIds: string[], now: number): Promise<boolean> {
  const rows = await db.query(
    `UPDATE pushers SET wanted = wanted + 1, badge_wanted = true, due_ts = coalesce(due_ts, $2)
     WHERE pusher_id IN (SELECT pusher_id FROM pushers WHERE user_id = ANY($1::text[]) AND kind = 'http' AND enabled
       ORDER BY pusher_id FOR UPDATE)
     RETURNING pusher_id`,
    [textArray(userIds), now],
  );
  return rows.length > 0;
}

/** A pusher that is looked after by whoever has claimed it. */
export interface ClaimedPusher extends PusherRow {
  pusherId: number;
  gateway: string;
  badge: number | null;
  badgeWanted: boolean;
  wanted: number;
  claim: number;
  failures: number;
}

/**
 * Claims pushers that are due, those that wait longest first.
 * @param options.exclude gateways that are not to be troubled now.
 * @param options.perGateway most of one gateway.
 * @param options.until when the claim ends by itself.
 */
export async function claimPushers(
  db: Queryable,
  options: { now: number; until: number; exclude: string[]; perGateway: number; limit: number },
): Promise<ClaimedPusher[]> {
  return db.query(
    `WITH due AS (
       SELECT pusher_id FROM (
         SELECT pusher_id, due_ts, row_number() OVER (PARTITION BY gateway ORDER BY due_ts) AS n
         FROM pushers WHERE due_ts <= $1 AND NOT gateway = ANY($2::text[])) w
       WHERE n <= $3 ORDER BY due_ts LIMIT $4
     ), locked AS MATERIALIZED (
       SELECT p.pusher_id FROM pushers p JOIN due USING (pusher_id) WHERE p.due_ts <= $1
       ORDER BY p.pusher_id FOR UPDATE OF p SKIP LOCKED
     ) UPDATE pushers p SET due_ts = $5, claim = p.claim + 1 FROM locked l WHERE p.pusher_id = l.pusher_id
     RETURNING p.pusher_id AS "pusherId", ${PUSHER_COLUMNS}, p.gateway, p.badge, p.badge_wanted AS "badgeWanted", p.wanted,
       p.claim, p.failures`,
    [options.now, textArray(options.exclude), options.perGateway, options.limit, options.until],
  );
}

/** When the next pusher is due that is not of these gateways; undefined when nothing waits. */
export async function nextDue(db: Queryable, exclude: string[]): Promise<number | undefined> {
  const [row] = await db.query<{ due: number | null }>(
    'SELECT min(due_ts) AS due FROM pushers WHERE due_ts IS NOT NULL AND NOT gateway = ANY($1::text[])',
    [textArray(exclude)],
  );
  return row?.due ?? undefined;
}

/** An event that waits for a pusher. */
export interface QueuedPush extends EventRow {
  queuedTs: number;
  /** It is not to be pushed any more: read, or the user is no longer in the room. */
  settled: boolean;
}

/** The first events that wait for a pusher. */
export async function getQueuedPushes(
  db: Queryable,
  pusher: Pick<ClaimedPusher, 'pusherId' | 'userId'>,
  limit: number,
): Promise<QueuedPush[]> {
  return db.query(
    `SELECT ${EVENT_COLUMNS}, q.queued_ts AS "queuedTs",
       NOT EXISTS (SELECT 1 FROM memberships m WHERE m.room_nid = e.room_nid AND m.user_id = $2 AND (
         (m.membership = 'invite' AND m.event_nid = e.event_nid) OR (m.membership = 'join' AND e.position > coalesce(
           (SELECT max(h.position) FROM membership_changes h WHERE h.user_id = $2 AND h.room_nid = e.room_nid
             AND h.membership = 'join' AND h.previous IS DISTINCT FROM 'join'), 0))))
       OR EXISTS (SELECT 1 FROM receipts c WHERE c.room_nid = e.room_nid AND c.user_id = $2
         AND c.receipt_type IN ('m.read', 'm.read.private') AND c.event_position >= e.position
         AND c.thread_id IN ('', coalesce(e.thread_root, 'main'))) AS settled
     FROM (SELECT position, queued_ts FROM push_queue WHERE pusher_id = $1 ORDER BY position LIMIT $3) q
     JOIN events e ON e.position = q.position JOIN rooms r ON r.room_nid = e.room_nid
     LEFT JOIN events x ON x.event_nid = e.redacted_by LEFT JOIN events p ON p.event_nid = e.replaces_nid
     ORDER BY q.position`,
    [pusher.pusherId, pusher.userId, limit],
  );
}

/** Drops everything that waits for a pusher up to a position: it was pushed, or never will be. Extends the claim. */
export async function dropQueued(
  db: Queryable,
  pusher: Pick<ClaimedPusher, 'pusherId' | 'claim'>,
  upTo: number,
  done: { until: number; badge?: number },
): Promise<void> {
  await db.query(
    `WITH gone AS (DELETE FROM push_queue WHERE pusher_id = $1 AND position <= $3)
     UPDATE pushers SET due_ts = $4, badge = coalesce($5, badge), failures = CASE WHEN $5 IS NULL THEN failures ELSE 0 END
     WHERE pusher_id = $1 AND claim = $2`,
    [pusher.pusherId, pusher.claim, upTo, done.until, done.badge ?? null],
  );
}

/** Puts a pusher to rest when there is nothing more to do; else it is due again at once. Tells which. */
export async function restPusher(
  db: Queryable,
  pusher: Pick<ClaimedPusher, 'pusherId' | 'claim' | 'wanted'>,
  end: { now: number; badge: number | null },
): Promise<boolean> {
  const rows = await db.query<{ rests: boolean }>(
    `UPDATE pushers SET badge = $4, due_ts = CASE WHEN wanted = $3 THEN NULL ELSE $5::bigint END,
       badge_wanted = badge_wanted AND wanted <> $3, failures = 0
     WHERE pusher_id = $1 AND claim = $2 RETURNING due_ts IS NULL AS rests`,
    [pusher.pusherId, pusher.claim, pusher.wanted, end.badge, end.now],
  );
  return rows[0]?.rests ?? true;
}

/** Puts a pusher off. */
export async function postponePusher(
  db: Queryable,
  pusher: Pick<ClaimedPusher, 'pusherId' | 'claim'>,
  to: { dueTs: number; failures: number },
): Promise<void> {
  await db.query('UPDATE pushers SET due_ts = $3, failures = $4 WHERE pusher_id = $1 AND claim = $2', [
    pusher.pusherId,
    pusher.claim,
    to.dueTs,
    to.failures,
  ]);
}

/** Removes the pushers of an app that a gateway no longer wants to hear of. */
export async function deleteRejected(
  db: Queryable,
  userId: string,
  appId: string,
  pushkeys: string[],
): Promise<number> {
  const rows = await db.query(
    'DELETE FROM pushers WHERE user_id = $1 AND app_id = $2 AND pushkey = ANY($3::text[]) RETURNING pusher_id',
    [userId, appId, textArray(pushkeys)],
  );
  return rows.length;
}
