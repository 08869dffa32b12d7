import type { Endpoint } from '../../http/endpoint.ts';
import getPresence from './get-presence.ts';
import setPresence from './set-presence.ts';

export const endpoints: Endpoint[] = [getPresence, setPresence];
