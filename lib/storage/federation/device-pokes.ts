import { numberArray, textArray } from '../arrays.ts';
import type { Queryable } from '../database.ts';

/** A user of this server of whose devices a destination has to be told. */
export interface DevicePoke {
  userId: string;
  /** Positions in the device_lists stream. */
  position: number;
  sentPosition: number;
  /** The last update that was sent. */
  sentStreamId: number | null;
}

/** A device or key that changed. */
export interface DeviceChange {
  userId: string;
  /** A device id or a public key; empty: any of the user's. */
  deviceId: string;
  position: number;
}

/** Notes that destinations have to be told of users' devices up to a position. */
export async function putDevicePokes(
  q: Queryable,
  pokes: readonly { destination: string; userId: string; position: number }[],
): Promise<void> {
  if (pokes.length === 0) return;
  await q.query(
    `INSERT INTO federation_device_pokes AS p (destination, user_id, position, sent_position)
     SELECT w.destination, w.user_id, max(w.position), min(w.position) - 1
     FROM unnest($1::text[], $2::text[], $3::bigint[]) AS w(destination, user_id, position) GROUP BY 1, 2
     ON CONFLICT (destination, user_id) DO UPDATE SET position = greatest(p.position, EXCLUDED.position)`,
    [
      textArray(pokes.map((p) => p.destination)),
      textArray(pokes.map((p) => p.userId)),
      numberArray(pokes.map((p) => p.position)),
    ],
  );
}

/** Users of whom a destination has to be told. */
export async function getDevicePokes(db: Queryable, destination: string, limit: number): Promise<DevicePoke[]> {
  return db.query(
    `SELECT user_id AS "userId", position, sent_position AS "sentPosition", sent_stream_id AS "sentStreamId"
     FROM federation_device_pokes WHERE destination = $1 AND position > sent_position ORDER BY position LIMIT $2`,
    [destination, limit],
  );
}

/** What changed of users' devices after what they were told of, in order. */
export async function getDeviceChanges(db: Queryable, pokes: readonly DevicePoke[]): Promise<DeviceChange[]> {
  return db.query(
    `SELECT c.user_id AS "userId", c.device_id AS "deviceId", c.position
     FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS w(user_id, after, upto)
     JOIN device_changes c ON c.user_id = w.user_id AND c.position > w.after ORDER BY c.position`,
    [
      textArray(pokes.map((p) => p.userId)),
      numberArray(pokes.map((p) => p.sentPosition)),
      numberArray(pokes.map((p) => p.position)),
    ],
  );
}

/** Display names of the devices of some users. */
export async function getDeviceNames(
  db: Queryable,
  userIds: readonly string[],
): Promise<{ userId: string; deviceId: string; displayName: string | null }[]> {
  return db.query(
    `SELECT user_id AS "userId", device_id AS "deviceId", display_name AS "displayName" FROM devices
     WHERE user_id = ANY($1::text[])`,
    [textArray(userIds)],
  );
}

/** How far the sender has read a stream, locked until the end of the transaction. */
export async function lockCursor(tx: Queryable, stream: string): Promise<number> {
  const [row] = await tx.query<{ position: number }>(
    'SELECT position FROM federation_cursors WHERE stream = $1 FOR UPDATE',
    [stream],
  );
  if (row) return row.position;
  await tx.query('INSERT INTO federation_cursors (stream, position) VALUES ($1, 0) ON CONFLICT DO NOTHING', [stream]);
  return lockCursor(tx, stream);
}

/** Moves on in a stream. */
export async function moveCursor(tx: Queryable, stream: string, position: number): Promise<void> {
  await tx.query('UPDATE federation_cursors SET position = $2 WHERE stream = $1', [stream, position]);
}
