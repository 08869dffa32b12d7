import type { Endpoint } from '../../http/endpoint.ts';
import whois from './whois.ts';

export const endpoints: Endpoint[] = [whois];
