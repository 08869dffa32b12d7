import type { Endpoint } from '../../http/endpoint.ts';
import deleteEventReport from './delete-event-report.ts';
import deleteUserReport from './delete-user-report.ts';
import getEventReport from './get-event-report.ts';
import getUserReport from './get-user-report.ts';
import listEventReports from './list-event-reports.ts';
import listUserReports from './list-user-reports.ts';

export const endpoints: Endpoint[] = [
  deleteEventReport,
  deleteUserReport,
  getEventReport,
  getUserReport,
  listEventReports,
  listUserReports,
];
