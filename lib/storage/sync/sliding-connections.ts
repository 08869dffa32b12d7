import type { Queryable } from '../database.ts';

/** Whose connection it is. */
export interface ConnectionKey {
  userId: string;
  /** Empty for somebody without a device. */
  deviceId: string;
  /** The client's name for the connection, perhaps empty. */
  connId: string;
}

/**
 * Begins a connection anew, in place of an earlier one of that name, and stores what its first answer sends. A device's
 * connections beyond `most` end, those first that were used longest ago. Returns the id of the position.
 */
export async function beginConnection(
  db: Queryable,
  { userId, deviceId, connId }: ConnectionKey,
  state: string,
  now: number,
  most: number,
): Promise<number> {
  const [row] = await db.query<{ positionId: number }>(
    `WITH surplus AS (
       DELETE FROM sliding_connections WHERE connection_id IN (
         SELECT connection_id FROM sliding_connections WHERE user_id = $1 AND device_id = $2 AND conn_id <> $3
         ORDER BY used_ts DESC, connection_id DESC OFFSET $6)
     ), connection AS (
       INSERT INTO sliding_connections (user_id, device_id, conn_id, used_ts) VALUES ($1, $2, $3, $5)
       ON CONFLICT (user_id, device_id, conn_id) DO UPDATE SET used_ts = EXCLUDED.used_ts RETURNING connection_id
     ), old AS (
       DELETE FROM sliding_positions WHERE connection_id = (SELECT connection_id FROM connection)
     ) INSERT INTO sliding_positions (connection_id, state) SELECT connection_id, $4 FROM connection
     RETURNING position_id AS "positionId"`,
    [userId, deviceId, connId, state, now, most - 1],
  );
  return (row as { positionId: number }).positionId;
}

/** What had been sent at a position; undefined when it is not one of the connection. */
export async function getConnectionState(
  db: Queryable,
  { userId, deviceId, connId }: ConnectionKey,
  positionId: number,
): Promise<{ connectionId: number; state: string } | undefined> {
  const [row] = await db.query<{ connectionId: number; state: string }>(
    `SELECT p.connection_id AS "connectionId", p.state FROM sliding_positions p
     JOIN sliding_connections c ON c.connection_id = p.connection_id
     WHERE p.position_id = $4 AND c.user_id = $1 AND c.device_id = $2 AND c.conn_id = $3`,
    [userId, deviceId, connId, positionId],
  );
  return row;
}

/** The client has got an answer: positions of its connection from before, or that it did not get, are of no more use. */
export async function acknowledgePosition(db: Queryable, positionId: number, now: number): Promise<void> {
  await db.query(
    `WITH connection AS (
       UPDATE sliding_connections SET used_ts = $2
       WHERE connection_id = (SELECT connection_id FROM sliding_positions WHERE position_id = $1) RETURNING connection_id
     ) DELETE FROM sliding_positions WHERE connection_id = (SELECT connection_id FROM connection) AND position_id <> $1`,
    [positionId, now],
  );
}

/**
 * Stores what an answer to a position sends. Returns the id of the new position; undefined when the connection has
 * ended meanwhile.
 */
export async function addPosition(db: Queryable, positionId: number, state: string): Promise<number | undefined> {
  const [row] = await db.query<{ positionId: number }>(
    `INSERT INTO sliding_positions (connection_id, state)
     SELECT connection_id, $2 FROM sliding_positions WHERE position_id = $1 RETURNING position_id AS "positionId"`,
    [positionId, state],
  );
  return row?.positionId;
}

/** Removes connections that nobody has used since a time. */
export async function pruneConnections(db: Queryable, usedBefore: number): Promise<void> {
  await db.query('DELETE FROM sliding_connections WHERE used_ts < $1', [usedBefore]);
}

/** Removes the connections of devices. */
export async function deleteDeviceConnections(tx: Queryable, userId: string, deviceIds: string[]): Promise<void> {
  await tx.query('DELETE FROM sliding_connections WHERE user_id = $1 AND device_id = ANY($2::text[])', [
    userId,
    deviceIds,
  ]);
}
