/** An event as stored and as carried by the events stream. */
export interface EventRow {
  /** Place in the events stream; null for outliers and rejected events. */
  position: number | null;
  eventNid: number;
  roomNid: number;
  roomId: string;
  roomVersion: string;
  eventId: string;
  type: string;
  /** Null when it is not a state event. */
  stateKey: string | null;
  sender: string;
  depth: number;
  originServerTs: number;
  /** State before the event. */
  stateGroup: number | null;
  /** State after it, where it differs. */
  stateGroupAfter: number | null;
  flags: number;
  /** Push outcome for users with default rules: 0 nothing, 1 notify, 2 highlight. */
  notify: number;
  /** Users whose outcome is another; absent where the row doesn't say. */
  pushExceptions?: { userId: string; notify: number }[];
  /** Numeric id of the redaction that took effect. */
  redactedBy: number | null;
  /** The redaction's own PDU as JSON text, when loaded. */
  redactionJson: string | null;
  /** Event id of that redaction. */
  redactionId: string | null;
  replacesNid: number | null;
  /** PDU of the state event that this one took the place of, as JSON text, when loaded. */
  replacesJson: string | null;
  /** Its event id. */
  replacesId: string | null;
  threadRoot: string | null;
  txnDevice: string | null;
  txnId: string | null;
  /** The whole PDU as JSON text. */
  json: string;
}

/** Bits of {@link EventRow.flags}. */
export const EVENT_REJECTED = 1;
export const EVENT_SOFT_FAILED = 2;
export const EVENT_OUTLIER = 4;
/** A redaction that has not taken effect: its target has not come, or its sender may not redact it. */
export const EVENT_WITHHELD = 8;
/** A state event that was taken out of the timeline with the history around it. It keeps its place and its effect. */
export const EVENT_PURGED = 16;
