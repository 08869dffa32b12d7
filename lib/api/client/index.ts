import type { Endpoint } from '../http/endpoint.ts';

/** The endpoints of the client-server API, by spec module. */
export const endpoints: Endpoint[] = [];
