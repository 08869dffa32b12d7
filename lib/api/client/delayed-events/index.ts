import type { Endpoint } from '../../http/endpoint.ts';
import cancelDelayedEvent from './cancel-delayed-event.ts';
import getDelayedEvent from './get-delayed-event.ts';
import listDelayedEvents from './list-delayed-events.ts';
import restartDelayedEvent from './restart-delayed-event.ts';
import sendDelayedEvent from './send-delayed-event.ts';
import updateDelayedEvent from './update-delayed-event.ts';

export const endpoints: Endpoint[] = [
  listDelayedEvents,
  getDelayedEvent,
  updateDelayedEvent,
  cancelDelayedEvent,
  restartDelayedEvent,
  sendDelayedEvent,
];
