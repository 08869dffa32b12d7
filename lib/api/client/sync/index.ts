import type { Endpoint } from '../../http/endpoint.ts';
import sync from './sync.ts';

export const endpoints: Endpoint[] = [sync];
