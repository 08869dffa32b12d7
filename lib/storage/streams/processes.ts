import type { Queryable } from '../database.ts';
import type { OwnedShard } from './leases.ts';

/** Rows of processes that ended without a word are kept for so long, for people who ask what happened. */
const KEPT_MINUTES = 10;

/** A sign of life. */
export interface Beat {
  process: string;
  units: readonly string[];
  address: string | null;
  draining: boolean;
  /** How far it has read streams, by name. */
  positions: Record<string, number>;
  leaseMs: number;
}

/** A process that is alive. */
export interface LiveProcess {
  process: string;
  units: string[];
  address: string | null;
  draining: boolean;
}

/** Who is alive, and who owns what. */
export interface DirectoryRows {
  processes: LiveProcess[];
  /** Shards whose owner is alive. */
  leases: OwnedShard[];
}

// Nothing is lost when a crash forgets a sign of life, so nobody waits for the disk.
const NOT_DURABLE = `SELECT set_config('synchronous_commit', 'off', true)`;

/** Extends the lease of a process, and with it of everything that it owns. Returns the database's time in milliseconds. */
export async function beat(db: Queryable, { process, units, address, draining, positions, leaseMs }: Beat) {
  const [row] = await db.query<{ now: number }>(
    `WITH soft AS (${NOT_DURABLE}), pruned AS (
       DELETE FROM unit_processes WHERE lease_until < now() - interval '${KEPT_MINUTES} minutes' AND process <> $1)
     INSERT INTO unit_processes AS p (process, units, address, draining, lease_until, positions)
     SELECT $1, $2::text[], $3, $4, now() + $5 * interval '1 ms', $6::jsonb FROM soft
     ON CONFLICT (process) DO UPDATE SET draining = EXCLUDED.draining, lease_until = EXCLUDED.lease_until,
       positions = EXCLUDED.positions, address = EXCLUDED.address
     RETURNING (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`,
    [process, units, address, draining, leaseMs, JSON.stringify(positions)],
  );
  return (row as { now: number }).now;
}

/** The time of the database in milliseconds since the epoch: the one clock that processes agree on. */
export async function databaseTime(db: Queryable): Promise<number> {
  const [row] = await db.query<{ now: number }>(`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`);
  return (row as { now: number }).now;
}

/** Everything that a caller of writers has to know, in one query. */
export async function readDirectory(db: Queryable): Promise<DirectoryRows> {
  const [row] = await db.query<DirectoryRows>(
    `WITH live AS (SELECT * FROM unit_processes WHERE lease_until > now())
     SELECT coalesce((SELECT json_agg(json_build_object('process', process, 'units', units, 'address', address,
              'draining', draining) ORDER BY process) FROM live), '[]') AS processes,
            coalesce((SELECT json_agg(json_build_object('unit', l.unit, 'shard', l.shard, 'owner', l.owner,
              'epoch', l.epoch)) FROM unit_leases l JOIN live ON live.process = l.owner), '[]') AS leases`,
  );
  return row as DirectoryRows;
}

/** A process as an operator looks at it. */
export interface ProcessReport extends LiveProcess {
  startedAt: Date;
  /** Milliseconds until its lease ends; negative for one that is gone. */
  leaseMs: number;
  positions: Record<string, number>;
}

/** All processes that have been heard of lately, the dead included, and the streams' positions. */
export async function readProcessReports(
  db: Queryable,
): Promise<{ processes: ProcessReport[]; streams: Record<string, number> }> {
  const processes = await db.query<ProcessReport>(
    `SELECT process, units, address, draining, started_at AS "startedAt", positions,
            (extract(epoch FROM lease_until - now()) * 1000)::float8 AS "leaseMs"
     FROM unit_processes ORDER BY units, process`,
  );
  const positions = await db.query<{ stream: string; position: number }>(
    'SELECT stream, position FROM stream_positions ORDER BY stream',
  );
  return { processes, streams: Object.fromEntries(positions.map((row) => [row.stream, row.position])) };
}
