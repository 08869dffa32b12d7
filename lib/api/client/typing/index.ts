import type { Endpoint } from '../../http/endpoint.ts';
import setTyping from './set-typing.ts';

export const endpoints: Endpoint[] = [setTyping];
