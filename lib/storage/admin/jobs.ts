import type { Queryable } from '../database.ts';

export type JobStatus = 'scheduled' | 'active' | 'complete' | 'failed';

/** A long piece of work of the background unit. */
export interface JobRow {
  jobId: string;
  action: string;
  /** What it is about: a room id or a user id. */
  resource: string | null;
  status: JobStatus;
  /** A JSON object as text; so is the result. */
  params: string;
  result: string;
  error: string | null;
  failures: number;
  createdTs: number;
  updatedTs: number;
}

const COLUMNS = `job_id AS "jobId", action, resource, status, params, result, error, failures, created_ts AS "createdTs",
  updated_ts AS "updatedTs"`;

/** Adds a job that is due now. */
export async function insertJob(
  db: Queryable,
  job: Pick<JobRow, 'jobId' | 'action' | 'resource' | 'params'>,
  now: number,
): Promise<void> {
  await db.query(
    `INSERT INTO background_jobs (job_id, action, resource, status, params, created_ts, updated_ts, due_ts)
     VALUES ($1, $2, $3, 'scheduled', $4, $5, $5, $5)`,
    [job.jobId, job.action, job.resource, job.params, now],
  );
}

/** One job. */
export async function getJob(db: Queryable, jobId: string): Promise<JobRow | undefined> {
  return (await db.query<JobRow>(`SELECT ${COLUMNS} FROM background_jobs WHERE job_id = $1`, [jobId]))[0];
}

/** Which jobs are asked for; absent members leave all in. */
export interface JobQuery {
  action?: string | undefined;
  resource?: string | undefined;
  statuses?: readonly JobStatus[] | undefined;
  /** Only jobs made before, in milliseconds. */
  before?: number | undefined;
  limit: number;
}

/** Jobs, the newest first. */
export async function listJobs(db: Queryable, query: JobQuery): Promise<JobRow[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM background_jobs WHERE ($1::text IS NULL OR action = $1) AND ($2::text IS NULL OR resource = $2)
       AND ($3::text[] IS NULL OR status = ANY($3)) AND ($4::bigint IS NULL OR created_ts < $4)
     ORDER BY created_ts DESC, job_id LIMIT $5`,
    [query.action ?? null, query.resource ?? null, query.statuses ?? null, query.before ?? null, query.limit],
  );
}

/** Jobs that are to be begun or gone on with, the oldest first. */
export async function getDueJobs(db: Queryable, now: number, limit: number): Promise<JobRow[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM background_jobs WHERE status IN ('scheduled', 'active') AND due_ts <= $1
     ORDER BY due_ts, job_id LIMIT $2`,
    [now, limit],
  );
}

/** What changes about a job; what is absent is left. */
export interface JobChange {
  status?: JobStatus;
  result?: string;
  error?: string | null;
  failures?: number;
  dueTs?: number;
}

/** Writes down how far a job has come. */
export async function updateJob(db: Queryable, jobId: string, change: JobChange, now: number): Promise<void> {
  await db.query(
    `UPDATE background_jobs SET status = coalesce($2, status), result = coalesce($3, result),
       error = CASE WHEN $4 THEN $5 ELSE error END, failures = coalesce($6, failures), due_ts = coalesce($7, due_ts),
       updated_ts = $8 WHERE job_id = $1`,
    [
      jobId,
      change.status ?? null,
      change.result ?? null,
      change.error !== undefined,
      change.error ?? null,
      change.failures ?? null,
      change.dueTs ?? null,
      now,
    ],
  );
}

/** Removes jobs that ended before a time in milliseconds. */
export async function pruneJobs(db: Queryable, before: number): Promise<void> {
  await db.query(`DELETE FROM background_jobs WHERE status IN ('complete', 'failed') AND updated_ts < $1`, [before]);
}
