import type { Endpoint } from '../../http/endpoint.ts';
import getTransports from './get-transports.ts';

export const endpoints: Endpoint[] = [getTransports];
