import type { Endpoint } from '../../http/endpoint.ts';
import mediaStatistics from './media-statistics.ts';
import serverVersion from './server-version.ts';

export const endpoints: Endpoint[] = [mediaStatistics, serverVersion];
