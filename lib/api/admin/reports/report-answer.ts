import { invalidParam } from '../../../spec/errors.ts';
import type { ReportRow } from '../../../storage/admin/reports.ts';

/** A report as the admin API shows it. */
export function reportAnswer(row: ReportRow) {
  const common = { id: row.reportId, received_ts: row.receivedTs, user_id: row.reporter, reason: row.reason };
  if (row.eventId === null) return { ...common, target_user_id: row.targetUser };
  return {
    ...common,
    room_id: row.roomId,
    name: row.roomName,
    canonical_alias: row.roomAlias,
    event_id: row.eventId,
    sender: row.targetUser,
    score: row.score,
  };
}

/** The number in a path. @throws MatrixError 400 M_INVALID_PARAM */
export function reportIdOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalidParam('A report is named by a number.');
  return Number(text);
}
