import type { Endpoint } from '../../http/endpoint.ts';
import getPushers from './get-pushers.ts';
import setPusher from './set-pusher.ts';

/** Where the requester wants to be notified. */
export const endpoints: Endpoint[] = [getPushers, setPusher];
