import type { RelayedAnswer, RelayedRequest } from '../platform/adapters/relayed-http.ts';
import type { MailMessage } from '../platform/mail.ts';
import type { JsonObject } from '../spec/json.ts';
import type { PresenceRow } from './stream.ts';

/** An event that a local user wants in a room; the owner of the room adds what the DAG needs. */
export interface NewEvent {
  type: string;
  /** Present (perhaps empty) for a state event. */
  stateKey?: string;
  sender: string;
  content: JsonObject;
  /** Of `m.room.redaction`: the event to redact. */
  redacts?: string;
  /** Milliseconds; the owner's clock when absent (application services may choose it). */
  originServerTs?: number;
}

/** A client's transaction id, scoped to its device. */
export interface TransactionKey {
  deviceId: string;
  txnId: string;
}

export interface SendCommand {
  roomId: string;
  event: NewEvent;
  txn?: TransactionKey;
}

export interface SendResult {
  eventId: string;
  /** Place in the events stream. */
  position: number;
  /** True when the event was there already: the same transaction id, or a state event with the same content. */
  duplicate: boolean;
}

export interface CreateRoomCommand {
  /** Absent where the room version makes the id from the create event. */
  roomId?: string;
  roomVersion: string;
  creator: string;
  /** `m.room.create` first, then the rest in order, all by local users. */
  events: NewEvent[];
  isPublic: boolean;
  /** Aliases to bind to the room in the same batch. */
  aliases: string[];
}

export interface CreateRoomResult {
  roomId: string;
  eventIds: string[];
  position: number;
}

/** An event that another server made. Its signatures were checked by whoever passes it on. */
export interface ReceivedPdu {
  pdu: JsonObject;
  /** Known only as part of some state or auth chain: it is stored to be cited, and has no place in the timeline. */
  outlier?: boolean;
  /**
   * Ids of the state events before it, where its previous events cannot be had. All of them must be stored (as outliers
   * at least).
   */
  stateBefore?: string[];
  /**
   * It comes to the room's past, from before what is known: it has a place in the room's history and none in the stream,
   * and the room's current state does not change.
   */
  historic?: boolean;
  /** Servers whose signatures were found right; when absent, that of a vouching server counts as checked too. */
  signedBy?: string[];
}

export interface ReceiveCommand {
  roomId: string;
  /** The server that passed the events on. */
  origin: string;
  pdus: ReceivedPdu[];
}

/** What became of a received event (server-server API, checks performed on receipt of a PDU). */
export interface ReceiveResult {
  /** Empty for something that is not an event of the room's version. */
  eventId: string;
  /**
   * `accepted`; `soft-failed` or `rejected`: stored and not shown; `outlier`: stored to be cited; `invalid`: dropped;
   * `missing`: not stored, because events that it names are not there.
   */
  status: 'accepted' | 'soft-failed' | 'rejected' | 'outlier' | 'invalid' | 'missing';
  /** Place in the events stream; null for what is not shown. */
  position: number | null;
  /** It was stored before. */
  duplicate: boolean;
  /** Why it was refused or dropped. */
  error?: string;
  /** Of `missing`: previous events, for `/get_missing_events` or the state before the event. */
  missingPrev?: string[];
  /** Of `missing`: auth events, for `/event_auth`. */
  missingAuth?: string[];
}

/** Takes a room over as other servers know it. */
export interface AdoptCommand {
  roomId: string;
  roomVersion: string;
  /** The event with which a user of this server comes in (`event` of `/send_join`), or an invite or a knock. */
  event: JsonObject;
  /**
   * State before the event. Absent for an invite, a knock, or the end of one: the room stays unknown, and the user alone
   * sees the event.
   */
  state?: JsonObject[];
  authChain?: JsonObject[];
  origin: string;
  /** `invite_room_state` or `knock_room_state`, kept in the event's `unsigned`. */
  strippedState?: JsonObject[];
}

/** Commands of the event persisters, sharded by room. All of them JSON in and out. */
export interface EventsWriter {
  /**
   * Adds one event to a room.
   * @throws MatrixError 403 when the auth rules refuse it, 404 for an unknown room, 413 when too large.
   */
  send(command: SendCommand): Promise<SendResult>;
  /** Adds several events of one room in order, all or none, in one batch. */
  sendAll(command: { roomId: string; events: NewEvent[] }): Promise<SendResult[]>;
  /** Makes a room with all its first events in one batch. */
  createRoom(command: CreateRoomCommand): Promise<CreateRoomResult>;
  /**
   * Takes in events of other servers for a known room, in the order that their previous events demand.
   * @throws MatrixError 404 for an unknown room, 503 when storing them failed; then they are to be given again.
   */
  receive(command: ReceiveCommand): Promise<ReceiveResult[]>;
  /**
   * Takes a room over from another server, or notes a membership of a room that stays unknown.
   * @throws MatrixError 403 when the auth rules refuse the event, 400 when it is none or the state lacks what it needs.
   */
  adopt(command: AdoptCommand): Promise<{ eventId: string; position: number }>;
  /** Says that the inbox holds events of other servers for a room. Returns at once; they are taken in later. */
  drainInbox(command: { roomId: string }): Promise<void>;
  /** Drops what is cached of a room (after a purge). */
  evict(command: { roomId: string }): Promise<void>;
}

/** Commands of the receipts writer. */
export interface ReceiptsWriter {
  /** Moves a receipt forward; an older one is ignored. Returns the position, or null when nothing changed. */
  set(command: {
    roomId: string;
    userId: string;
    receiptType: string;
    eventId: string;
    threadId: string | null;
    ts: number;
  }): Promise<{ position: number | null }>;
}

/** Commands of the account-data writer; push rules live here too. */
export interface AccountDataWriter {
  /** Stores global (`roomId` null) or room account data. `content` null deletes it. */
  set(command: {
    userId: string;
    roomId: string | null;
    type: string;
    content: JsonObject | null;
  }): Promise<{ position: number }>;
  /** Sets (`content`) or removes (null) one tag of a room, atomically. */
  setTag(command: {
    userId: string;
    roomId: string;
    tag: string;
    content: JsonObject | null;
  }): Promise<{ position: number }>;
  /** Stores a user's changed push rules, whole (the shape of `lib/spec/push-rules`), if they are still at `version`. */
  setPushRules(command: { userId: string; changes: unknown; version: number }): Promise<{ position: number }>;
  /** Subscribes a user to a thread or ends that. The position is null when nothing changed. */
  setThreadSubscription(command: {
    userId: string;
    roomId: string;
    threadRoot: string;
    subscribed: boolean;
    /** Not by the user's own wish. */
    automatic: boolean;
  }): Promise<{ position: number | null }>;
}

/** Commands of the to-device writer; device lists live here too. */
export interface ToDeviceWriter {
  /**
   * Queues messages for devices: user id → device id (or `*`) → content. With a transaction key the same request is
   * taken once.
   */
  send(command: {
    sender: string;
    type: string;
    messages: Record<string, Record<string, JsonObject>>;
    txn?: TransactionKey;
  }): Promise<{ position: number }>;
  /** Notes that a user's devices or keys changed and tells who shares a room with them. */
  deviceListChanged(command: { userId: string; deviceIds: string[] }): Promise<{ position: number }>;
  /** Notes what concerns `userId` alone: keys of `signed` that they have signed, or their own user-signing key. */
  signaturesChanged(command: { userId: string; signed: string[] }): Promise<{ position: number }>;
}

/** Commands of the typing writer. State in memory only. */
export interface TypingWriter {
  set(command: { roomId: string; userId: string; typing: boolean; timeoutMs: number }): Promise<void>;
}

/** Commands of the presence writer. State in memory, last known state in the database. */
export interface PresenceWriter {
  /** A client says how its user is. `statusMsg` undefined leaves it. */
  set(command: { userId: string; presence: PresenceRow['presence']; statusMsg?: string | null }): Promise<void>;
  /** What other servers say of how their users are. */
  receive(command: { states: Omit<PresenceRow, 'position'>[] }): Promise<void>;
  /** A device is syncing, which keeps its user online; or, with `active`, its user has just done something. */
  touch(command: {
    userId: string;
    deviceId: string | null;
    presence: PresenceRow['presence'];
    active?: boolean;
  }): Promise<void>;
}

/** What processes without a way out have done by those that have one. */
export interface OutboundWriter {
  /** Makes a request to another server. */
  fetch(request: RelayedRequest): Promise<RelayedAnswer>;
}

/** Mail of processes that cannot reach a mail server. */
export interface MailWriter {
  /** Resolves when the mail server has accepted the message. */
  send(message: MailMessage): Promise<void>;
}

/** Every writer, local or remote: the caller can't tell. */
export interface Writers {
  events: EventsWriter;
  receipts: ReceiptsWriter;
  accountData: AccountDataWriter;
  toDevice: ToDeviceWriter;
  typing: TypingWriter;
  presence: PresenceWriter;
  outbound: OutboundWriter;
  mail: MailWriter;
}
