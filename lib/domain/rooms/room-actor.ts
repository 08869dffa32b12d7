import { type AuthEvent, authEventKeysFor, checkAuth } from '../../spec/auth-rules.ts';
import { canonicalJson } from '../../spec/canonical-json.ts';
import { forbidden, invalidParam, MatrixError, notFound } from '../../spec/errors.ts';
import {
  addHashesAndSignatures,
  eventSizeCheck,
  type Pdu,
  roomIdFromCreateEventId,
  type UnsignedPdu,
} from '../../spec/events.ts';
import { randomEventId, serverNameOf } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import { PowerLevels } from '../../spec/power-levels.ts';
import { redactEvent } from '../../spec/redaction.ts';
import type { RoomVersion } from '../../spec/room-versions.ts';
import type { SigningKey } from '../../spec/signing.ts';
import type {
  MembershipWrite,
  NewEventRow,
  PushExceptionWrite,
  RelationWrite,
  StateGroupWrite,
} from '../../storage/events/commit-batch.ts';
import type { EventBrief } from '../../storage/events/read-events.ts';
import type { RoomHead, StateEntryRow, StateGroupLink } from '../../storage/rooms/room-head.ts';
import type { NewEvent, SendResult } from '../../streams/writers.ts';
import type { RoomPush } from '../push/room-push.ts';
import { relationOf } from './relations.ts';
import { StateChain } from './state-chain.ts';

/** A state event as the actor keeps it. */
export interface StateEntry {
  eventNid: number;
  eventId: string;
  event: AuthEvent;
  json: string;
  redacted?: boolean;
}

/** What was looked up for an event before it is planned. */
export interface Prepared {
  /** Of a redaction: its target, when known. */
  target?: EventBrief | undefined;
  /** Of a relation: the thread that the related event is in. */
  relatedThread?: string | null;
}

/** An event on top of the head, with all that its commit writes. */
export interface PlannedEvent {
  row: NewEventRow;
  stateGroup?: StateGroupWrite;
  membership?: Omit<MembershipWrite, 'index'>;
  relation?: RelationWrite;
  redactsNid?: number;
  push: Omit<PushExceptionWrite, 'index'>[];
}

/** Ids that are handed out without asking the database each time. */
export interface IdSource {
  nextEventNid(): number;
  nextStateGroup(): number;
}

/** Signs as this server. */
export interface EventSigner {
  serverName: string;
  key: SigningKey;
}

type TransactionMap = Map<string, { type: string; result: Promise<SendResult> }>;

/**
 * One room in memory: its head (forward extremities, depth, current state). Events are planned on top of it one after
 * the other without waiting for the database, so local sends never fork the graph. When a commit fails the actor is
 * dead: what was planned on it is refused, and the next command loads the room anew.
 */
export class RoomActor {
  readonly head: RoomHead;
  readonly version: RoomVersion;
  readonly #signer: EventSigner;
  readonly #ids: IdSource;
  /** Undefined: not loaded. Null: known not to exist. */
  readonly #state = new Map<string, StateEntry | null>();
  /** The actor has seen the whole life of the room, so what it doesn't hold doesn't exist. */
  readonly #complete: boolean;
  #chain: StateChain | undefined;
  #bytes = 2_000;
  readonly transactions = new Map<string, TransactionMap>();
  push: RoomPush | undefined;
  /** A commit failed: nothing that is planned on this actor may be written. */
  dead = false;
  /** Out of use: what is planned on it is written, and nothing more is planned. */
  retired = false;
  /** The size at which the cache has weighed it. */
  weighed = 2_000;

  constructor(options: {
    head: RoomHead;
    version: RoomVersion;
    signer: EventSigner;
    ids: IdSource;
    /** True for a room that is being made now. */
    isNew: boolean;
  }) {
    this.head = options.head;
    this.version = options.version;
    this.#signer = options.signer;
    this.#ids = options.ids;
    this.#complete = options.isNew;
    if (options.isNew) this.#chain = new StateChain([]);
  }

  /** About how much memory the actor holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** State keys that planning `event` needs and that are not loaded yet. */
  missingState(event: NewEvent): [string, string][] {
    if (this.#complete) return [];
    return this.#neededState(event).filter(([type, key]) => !this.#state.has(`${type}\0${key}`));
  }

  /** Whether {@link loadChain} must be called before a state event is planned. */
  get needsChain(): boolean {
    return this.#chain === undefined;
  }

  /** Takes in the current state group's delta chain, newest link first. */
  loadChain(links: StateGroupLink[]): void {
    this.#chain ??= new StateChain(links);
  }

  /** Takes in state that was asked for; keys without a row don't exist. */
  loadState(asked: [string, string][], rows: StateEntryRow[]): void {
    const found = new Map(rows.map((row) => [`${row.type}\0${row.stateKey}`, row]));
    for (const [type, stateKey] of asked) {
      const key = `${type}\0${stateKey}`;
      if (this.#state.has(key)) continue;
      const row = found.get(key);
      if (!row) {
        this.#state.set(key, null);
        this.#bytes += 100;
        continue;
      }
      let pdu = JSON.parse(row.json) as Pdu;
      if (row.redacted) pdu = redactEvent(pdu, this.version) as Pdu;
      this.#setState(key, {
        eventNid: row.eventNid,
        eventId: row.eventId,
        event: { ...pdu, eventId: row.eventId },
        json: row.json,
        redacted: row.redacted,
      });
    }
  }

  /** Current state, with everything planned so far. Undefined when absent (or not loaded). */
  state(type: string, stateKey = ''): StateEntry | undefined {
    return this.#state.get(`${type}\0${stateKey}`) ?? undefined;
  }

  /** Power levels in force. */
  powerLevels(): PowerLevels {
    return new PowerLevels(
      this.state('m.room.power_levels')?.event,
      this.state('m.room.create')?.event as AuthEvent,
      this.version,
    );
  }

  /**
   * Builds, authorises, hashes and signs an event on top of the head, and moves the head.
   *
   * @returns the plan, or the id of the event that is there already (a state event with the same content).
   * @throws MatrixError 403 by the auth rules, 413 when too large; then the head is as it was.
   */
  plan(
    event: NewEvent,
    prepared: Prepared,
    now: number,
    txn?: { deviceId: string; txnId: string },
  ): PlannedEvent | { existing: StateEntry } {
    const key = event.stateKey === undefined ? undefined : `${event.type}\0${event.stateKey}`;
    const replaced = key === undefined ? undefined : (this.#state.get(key) ?? undefined);
    if (
      replaced &&
      replaced.event.sender === event.sender &&
      sameContent(replaced.event.content as JsonObject, event.content)
    ) {
      return { existing: replaced };
    }
    if (event.type === 'm.room.redaction') this.#checkRedaction(event, prepared.target);

    const unsigned = this.#build(event, now);
    checkAuth(
      { ...unsigned, eventId: '' } as AuthEvent,
      this.version,
      (type, stateKey) => this.state(type, stateKey)?.event,
    );
    const { pdu, eventId, json } = addHashesAndSignatures(
      unsigned,
      this.version,
      this.#signer.serverName,
      this.#signer.key,
    );
    eventSizeCheck(pdu, json);

    const eventNid = this.#ids.nextEventNid();
    const before = this.head.stateGroup;
    let stateGroup: StateGroupWrite | undefined;
    if (event.stateKey !== undefined) {
      if (!this.#chain) throw new Error('the state chain is not loaded');
      stateGroup = this.#chain.advance(this.head.roomNid, this.#ids.nextStateGroup(), {
        type: event.type,
        stateKey: event.stateKey,
        eventNid,
      });
    }
    if (event.type === 'm.room.create' && this.version.roomIdIsHash)
      this.head.roomId = roomIdFromCreateEventId(eventId);

    const relation = relationOf(event.content);
    const threadRoot = relation?.relType === 'm.thread' ? relation.relatesTo : (prepared.relatedThread ?? null);
    const row: NewEventRow = {
      eventNid,
      roomNid: this.head.roomNid,
      roomId: this.head.roomId,
      roomVersion: this.head.roomVersion,
      eventId,
      type: event.type,
      stateKey: event.stateKey ?? null,
      sender: event.sender,
      depth: pdu.depth as number,
      originServerTs: pdu.origin_server_ts as number,
      stateGroup: before === 0 ? null : before,
      stateGroupAfter: stateGroup?.stateGroup ?? null,
      flags: 0,
      notify: 0,
      redactedBy: null,
      redactionJson: null,
      redactionId: null,
      replacesNid: replaced?.eventNid ?? null,
      // What was redacted is not shown as the content before, either.
      replacesJson: replaced && !replaced.redacted ? replaced.json : null,
      replacesId: replaced?.eventId ?? null,
      threadRoot,
      txnDevice: txn?.deviceId ?? null,
      txnId: txn?.txnId ?? null,
      json,
      prevNids: this.head.extremities.map((x) => x.eventNid),
      authNids: this.#authEntries(event).map((x) => x.eventNid),
    };
    const planned: PlannedEvent = { row, push: [] };
    if (stateGroup) planned.stateGroup = stateGroup;
    if (relation)
      planned.relation = { ...relation, eventNid, roomNid: row.roomNid, type: row.type, sender: row.sender };
    if (prepared.target && event.type === 'm.room.redaction') {
      planned.redactsNid = prepared.target.eventNid;
      this.#redactState(prepared.target);
    }
    if (event.type === 'm.room.member' && event.stateKey !== undefined) {
      planned.membership = this.#membership(event, eventNid, replaced);
    }
    this.#decidePush(planned, event);

    this.head.extremities = [{ eventNid, eventId, depth: row.depth }];
    this.head.depth = row.depth;
    if (stateGroup) this.head.stateGroup = stateGroup.stateGroup;
    if (key !== undefined) this.#setState(key, { eventNid, eventId, event: { ...pdu, eventId } as AuthEvent, json });
    return planned;
  }

  #neededState(event: NewEvent): [string, string][] {
    const keys: [string, string][] = [
      ['m.room.create', ''],
      ['m.room.power_levels', ''],
      ['m.room.join_rules', ''],
      ['m.room.member', event.sender],
      ...authEventKeysFor(this.#asAuthEvent(event), this.version),
    ];
    if (event.stateKey !== undefined) keys.push([event.type, event.stateKey]);
    return keys;
  }

  #asAuthEvent(event: NewEvent): AuthEvent {
    return {
      eventId: '',
      type: event.type,
      sender: event.sender,
      content: event.content,
      room_id: this.head.roomId,
      ...(event.stateKey === undefined ? {} : { state_key: event.stateKey }),
    } as AuthEvent;
  }

  #authEntries(event: NewEvent): StateEntry[] {
    const seen = new Map<string, StateEntry>();
    for (const [type, stateKey] of authEventKeysFor(this.#asAuthEvent(event), this.version)) {
      const entry = this.state(type, stateKey);
      if (entry) seen.set(entry.eventId, entry);
    }
    return [...seen.values()];
  }

  #build(event: NewEvent, now: number): UnsignedPdu {
    const depth = Math.min(this.head.depth + 1, Number.MAX_SAFE_INTEGER);
    // Room versions 1 and 2 name other events with their hashes, which nobody checks any more.
    const reference = (eventId: string) => (this.version.eventFormat === 'pairs' ? [eventId, {}] : eventId);
    const pdu: Record<string, unknown> = {
      auth_events: this.#authEntries(event).map((x) => reference(x.eventId)),
      content: event.content,
      depth,
      origin_server_ts: event.originServerTs ?? now,
      prev_events: this.head.extremities.map((x) => reference(x.eventId)),
      room_id: this.head.roomId,
      sender: event.sender,
      type: event.type,
    };
    if (event.type === 'm.room.create' && this.version.roomIdIsHash) delete pdu['room_id'];
    if (this.version.eventIdFormat === 'domain') pdu['event_id'] = randomEventId(this.#signer.serverName);
    if (event.stateKey !== undefined) pdu['state_key'] = event.stateKey;
    if (event.redacts !== undefined) {
      if (this.version.redactsInContent) pdu['content'] = { ...event.content, redacts: event.redacts };
      else pdu['redacts'] = event.redacts;
    }
    return pdu as unknown as UnsignedPdu;
  }

  /** Who may redact what, for events of this server's users (rooms v3, handling redactions). */
  #checkRedaction(event: NewEvent, target: EventBrief | undefined): void {
    if (target && target.roomNid !== this.head.roomNid) throw invalidParam('The event to redact is in another room.');
    if (target?.type === 'm.room.create') throw forbidden('The create event of a room cannot be redacted.');
    const levels = this.powerLevels();
    if (levels.userLevel(event.sender) >= levels.level('redact')) return;
    if (!target) throw notFound(`There is no event ${event.redacts}.`);
    if (target.sender !== event.sender)
      throw forbidden("You don't have permission to redact events of others in this room.");
  }

  #redactState(target: EventBrief): void {
    if (target.stateKey === null) return;
    const entry = this.state(target.type, target.stateKey);
    if (entry?.eventNid !== target.eventNid) return;
    entry.redacted = true;
    entry.event = {
      ...(redactEvent(entry.event as unknown as Pdu, this.version) as Pdu),
      eventId: entry.eventId,
    } as AuthEvent;
  }

  #membership(event: NewEvent, eventNid: number, replaced: StateEntry | undefined): Omit<MembershipWrite, 'index'> {
    const userId = event.stateKey as string;
    const text = (value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '') : null);
    return {
      roomNid: this.head.roomNid,
      userId,
      membership: String(event.content['membership']),
      eventNid,
      sender: event.sender,
      displayName: text(event.content['displayname']),
      avatarUrl: text(event.content['avatar_url']),
      local: serverNameOf(userId) === this.#signer.serverName,
      previous: (replaced?.event.content as JsonObject | undefined)?.['membership']?.toString() ?? null,
    };
  }

  #decidePush(planned: PlannedEvent, event: NewEvent): void {
    if (!this.push) return;
    if (planned.membership) {
      const { userId, membership, displayName, local } = planned.membership;
      this.push.memberChanged(userId, membership, displayName, local);
    }
    const { membership } = planned;
    const invited = membership?.local && membership.membership === 'invite' ? membership.userId : undefined;
    const outcome = this.push.decide({ ...event, roomId: planned.row.roomId }, this.powerLevels(), invited);
    planned.row.notify = outcome.notify;
    planned.push = outcome.exceptions.map((x) => ({
      userId: x.userId,
      roomNid: planned.row.roomNid,
      notify: x.notify,
      threadRoot: planned.row.threadRoot,
    }));
  }

  #setState(key: string, entry: StateEntry): void {
    // The parsed event costs about twice its text.
    this.#bytes += entry.json.length * 3 + 200 - (this.#state.get(key)?.json.length ?? 0) * 3;
    this.#state.set(key, entry);
  }
}

function sameContent(a: JsonObject, b: JsonObject): boolean {
  try {
    return canonicalJson(a) === canonicalJson(b);
  } catch (error) {
    if (error instanceof MatrixError) return false;
    throw error;
  }
}
