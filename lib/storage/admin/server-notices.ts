import type { Queryable } from '../database.ts';

/** The room in which a user is told what the server has to say. */
export async function getNoticeRoom(db: Queryable, userId: string): Promise<string | undefined> {
  const [row] = await db.query<{ roomId: string }>(
    `SELECT r.room_id AS "roomId" FROM server_notice_rooms n JOIN rooms r ON r.room_nid = n.room_nid
     WHERE n.user_id = $1 AND r.extremities <> '{}'`,
    [userId],
  );
  return row?.roomId;
}

/** Makes a room the one in which a user is told what the server has to say. */
export async function setNoticeRoom(db: Queryable, userId: string, roomId: string): Promise<void> {
  await db.query(
    `INSERT INTO server_notice_rooms (user_id, room_nid) SELECT $1, room_nid FROM rooms WHERE room_id = $2
     ON CONFLICT (user_id) DO UPDATE SET room_nid = EXCLUDED.room_nid`,
    [userId, roomId],
  );
}

/** A request that was taken before, by who sent it and its transaction id: the event that it led to. */
export async function getNoticeTransaction(
  db: Queryable,
  txn: { sender: string; txnId: string },
): Promise<string | undefined> {
  const [row] = await db.query<{ eventId: string }>(
    'SELECT event_id AS "eventId" FROM server_notice_transactions WHERE sender = $1 AND txn_id = $2',
    [txn.sender, txn.txnId],
  );
  return row?.eventId;
}

/** Writes down what a request led to. */
export async function insertNoticeTransaction(
  db: Queryable,
  txn: { sender: string; txnId: string },
  eventId: string,
  ts: number,
): Promise<void> {
  await db.query(
    `INSERT INTO server_notice_transactions (sender, txn_id, event_id, ts) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [txn.sender, txn.txnId, eventId, ts],
  );
}

/** Forgets requests from before a time in milliseconds. */
export async function pruneNoticeTransactions(db: Queryable, before: number): Promise<void> {
  await db.query('DELETE FROM server_notice_transactions WHERE ts < $1', [before]);
}
