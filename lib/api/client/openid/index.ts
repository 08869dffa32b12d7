import type { Endpoint } from '../../http/endpoint.ts';
import requestToken from './request-token.ts';

export const endpoints: Endpoint[] = [requestToken];
