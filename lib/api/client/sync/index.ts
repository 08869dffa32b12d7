import type { Endpoint } from '../../http/endpoint.ts';
import events from './events.ts';
import initialSync from './initial-sync.ts';
import slidingSync from './sliding-sync.ts';
import sync from './sync.ts';

export const endpoints: Endpoint[] = [sync, slidingSync, events, initialSync];
