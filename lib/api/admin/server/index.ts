import type { Endpoint } from '../../http/endpoint.ts';
import getUpdatesEnabled from './get-updates-enabled.ts';
import getUpdatesStatus from './get-updates-status.ts';
import mediaStatistics from './media-statistics.ts';
import roomStatistics from './room-statistics.ts';
import scheduledTasks from './scheduled-tasks.ts';
import sendNotice from './send-notice.ts';
import sendNoticeOnce from './send-notice-once.ts';
import serverVersion from './server-version.ts';
import setUpdatesEnabled from './set-updates-enabled.ts';
import startUpdate from './start-update.ts';

export const endpoints: Endpoint[] = [
  getUpdatesEnabled,
  getUpdatesStatus,
  mediaStatistics,
  roomStatistics,
  scheduledTasks,
  sendNotice,
  sendNoticeOnce,
  serverVersion,
  setUpdatesEnabled,
  startUpdate,
];
