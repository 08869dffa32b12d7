import type { Endpoint } from '../../http/endpoint.ts';
import getLocked from './get-locked.ts';
import getSuspended from './get-suspended.ts';
import setLocked from './set-locked.ts';
import setSuspended from './set-suspended.ts';
import whois from './whois.ts';

/** Server administration in the client-server API. */
export const endpoints: Endpoint[] = [getLocked, getSuspended, setLocked, setSuspended, whois];
