import type { Endpoint } from '../../http/endpoint.ts';
import createRoom from './create-room.ts';
import redactEvent from './redact-event.ts';
import redactEventWithoutTxn from './redact-event-without-txn.ts';
import sendEvent from './send-event.ts';
import sendEventWithoutTxn from './send-event-without-txn.ts';
import setState from './set-state.ts';
import upgradeRoom from './upgrade-room.ts';

/** Making rooms and changing what is in them. */
export const endpoints: Endpoint[] = [
  createRoom,
  sendEvent,
  sendEventWithoutTxn,
  setState,
  redactEvent,
  redactEventWithoutTxn,
  upgradeRoom,
];
