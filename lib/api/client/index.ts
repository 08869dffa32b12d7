import type { Endpoint } from '../http/endpoint.ts';
import { endpoints as filter } from './filter/index.ts';
import { endpoints as sync } from './sync/index.ts';

/** The endpoints of the client-server API, by spec module. */
export const endpoints: Endpoint[] = [...filter, ...sync];
