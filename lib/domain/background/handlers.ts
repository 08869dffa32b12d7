import type { JobHandler } from './background-job.ts';
import { DELETE_ROOM, deleteRoom } from './delete-room.ts';
import { PURGE_HISTORY, purgeHistory } from './purge-history.ts';
import { REDACT_USER, redactUser } from './redact-user.ts';
import { UPDATE_ACTIONS, updateHandler } from './updates.ts';

/** Every kind of background job, by action. */
export const JOB_HANDLERS: ReadonlyMap<string, JobHandler> = new Map([
  [DELETE_ROOM, deleteRoom],
  [PURGE_HISTORY, purgeHistory],
  [REDACT_USER, redactUser],
  ...[...UPDATE_ACTIONS].map((name): [string, JobHandler] => [name, updateHandler(name)]),
]);
