import type { Endpoint } from '../../http/endpoint.ts';
import defineFilter from './define-filter.ts';
import getFilter from './get-filter.ts';

export const endpoints: Endpoint[] = [defineFilter, getFilter];
