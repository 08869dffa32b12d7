import type { Endpoint } from '../../http/endpoint.ts';
import searchUsers from './search-users.ts';

/** Search for users. */
export const endpoints: Endpoint[] = [searchUsers];
