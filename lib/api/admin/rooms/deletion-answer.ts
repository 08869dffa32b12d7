import { resultOf } from '../../../domain/background/background-job.ts';
import { shutdownResult } from '../../../domain/background/delete-room.ts';
import type { JobRow } from '../../../storage/admin/jobs.ts';

/** How far the deletion of a room has come. */
export function deletionAnswer(job: JobRow) {
  return {
    delete_id: job.jobId,
    room_id: job.resource,
    status: job.status,
    ...(job.status === 'failed' ? { error: job.error } : {}),
    shutdown_room: shutdownResult(resultOf(job)),
  };
}
