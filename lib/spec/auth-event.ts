import { MatrixError } from './errors.ts';
import type { Pdu } from './events.ts';
import type { JsonObject } from './json.ts';

/** What the auth rules read of an event: a PDU and its id. */
export interface AuthEvent {
  eventId: string;
  room_id?: string;
  type: string;
  state_key?: string;
  sender: string;
  content: JsonObject;
  /** Only of the event that is checked. */
  prev_events?: Pdu['prev_events'];
  /** Only of redactions in room versions 1 and 2. */
  redacts?: string;
  /** True for an event that was itself rejected. */
  rejected?: boolean;
}

/** State that an event is checked against: the event's auth events, the state before it, or the current state. */
export type StateLookup = (type: string, stateKey: string) => AuthEvent | undefined;

/** An event that the auth rules refuse: 403 `M_FORBIDDEN`. */
export class AuthError extends MatrixError {
  /** Number of the rule on the room version's page, such as `5.3.2`. */
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(403, 'M_FORBIDDEN', message);
    this.name = 'AuthError';
    this.rule = rule;
  }
}
