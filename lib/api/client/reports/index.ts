import type { Endpoint } from '../../http/endpoint.ts';
import reportEvent from './report-event.ts';
import reportRoom from './report-room.ts';
import reportUser from './report-user.ts';

export const endpoints: Endpoint[] = [reportEvent, reportRoom, reportUser];
