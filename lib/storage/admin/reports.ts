import type { Queryable } from '../database.ts';

/** A report as an administrator reads it. */
export interface ReportRow {
  reportId: number;
  receivedTs: number;
  reporter: string;
  roomId: string | null;
  eventId: string | null;
  targetUser: string | null;
  reason: string | null;
  score: number | null;
  eventJson: string | null;
  /** Of the room as it is now; null where it has none or is gone. */
  roomName: string | null;
  roomAlias: string | null;
}

export type ReportKind = 'event' | 'room' | 'user';

const stateText = (type: string, key: string) => `(SELECT e.json::json->'content'->>'${key}' FROM rooms r
  JOIN current_state c ON c.room_nid = r.room_nid AND c.type = '${type}' AND c.state_key = ''
  JOIN events e ON e.event_nid = c.event_nid AND e.redacted_by IS NULL AND strpos(e.json, '\\u0000') = 0
  WHERE r.room_id = reports.room_id)`;

const COLUMNS = `report_id AS "reportId", received_ts AS "receivedTs", reporter, room_id AS "roomId", event_id AS "eventId",
  target_user AS "targetUser", reason, score, event_json AS "eventJson",
  ${stateText('m.room.name', 'name')} AS "roomName", ${stateText('m.room.canonical_alias', 'alias')} AS "roomAlias"`;

/** Stores a report. */
export async function insertReport(
  db: Queryable,
  kind: ReportKind,
  r: Omit<ReportRow, 'reportId' | 'roomName' | 'roomAlias'>,
): Promise<void> {
  await db.query(
    `INSERT INTO reports (kind, received_ts, reporter, room_id, event_id, target_user, reason, score, event_json)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [kind, r.receivedTs, r.reporter, r.roomId, r.eventId, r.targetUser, r.reason, r.score, r.eventJson],
  );
}

/** Which reports are asked for: those whose texts hold the given ones. */
export interface ReportQuery {
  from: number;
  limit: number;
  direction: 'b' | 'f';
  reporter?: string | undefined;
  targetUser?: string | undefined;
  roomId?: string | undefined;
}

/** A page of reports, the newest first with direction `b`, and how many there are. */
export async function listReports(
  db: Queryable,
  kind: ReportKind,
  query: ReportQuery,
): Promise<{ rows: ReportRow[]; total: number }> {
  const where = `kind = $1 AND ($2::text IS NULL OR strpos(reporter, $2) > 0)
    AND ($3::text IS NULL OR strpos(target_user, $3) > 0) AND ($4::text IS NULL OR strpos(room_id, $4) > 0)`;
  const params = [kind, query.reporter ?? null, query.targetUser ?? null, query.roomId ?? null];
  const rows = await db.query<ReportRow>(
    `SELECT ${COLUMNS} FROM reports WHERE ${where}
     ORDER BY report_id ${query.direction === 'b' ? 'DESC' : 'ASC'} LIMIT $5 OFFSET $6`,
    [...params, query.limit, query.from],
  );
  const [count] = await db.query<{ total: number }>(`SELECT count(*) AS total FROM reports WHERE ${where}`, params);
  return { rows, total: count?.total ?? 0 };
}

/** One report. */
export async function getReport(db: Queryable, kind: ReportKind, id: number): Promise<ReportRow | undefined> {
  return (
    await db.query<ReportRow>(`SELECT ${COLUMNS} FROM reports WHERE kind = $1 AND report_id = $2`, [kind, id])
  )[0];
}

/** Discards a report. False when there is none. */
export async function deleteReport(db: Queryable, kind: ReportKind, id: number): Promise<boolean> {
  return (await db.query('DELETE FROM reports WHERE kind = $1 AND report_id = $2 RETURNING 1', [kind, id])).length > 0;
}
