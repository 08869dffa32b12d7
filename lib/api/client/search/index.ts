import type { Endpoint } from '../../http/endpoint.ts';
import searchEvents from './search-events.ts';

/** Search in rooms. */
export const endpoints: Endpoint[] = [searchEvents];
