import { type AuthEvent, authEventKeysFor, checkAuth } from '../../spec/auth-rules.ts';
import { canonicalJson } from '../../spec/canonical-json.ts';
import { forbidden, invalidParam, MatrixError, notFound } from '../../spec/errors.ts';
import {
  addHashesAndSignatures,
  eventSizeCheck,
  type Pdu,
  referenceHash,
  roomIdFromCreateEventId,
  type UnsignedPdu,
} from '../../spec/events.ts';
import { randomEventId } from '../../spec/ids.ts';
import type { RoomVersion } from '../../spec/room-versions.ts';
import type { SigningKey } from '../../spec/signing.ts';
import type { StateGroupWrite } from '../../storage/events/batch-write.ts';
import type { EventBrief } from '../../storage/events/read-events.ts';
import type { RoomHead, StateGroupLink } from '../../storage/rooms/room-head.ts';
import type { NewEvent } from '../../streams/writers.ts';
import type { RoomPush } from '../push/room-push.ts';
import { placeOnChain } from './engine/chain-place.ts';
import { decidePush, membershipIn, membershipOf, newRow, relationRow } from './engine/describe-event.ts';
import type { KnownEvent } from './engine/known-events.ts';
import { noExtras, type PlannedEvent } from './engine/planned-event.ts';
import { RoomState, type StateEntry, type StateKeyPair } from './engine/room-state.ts';
import { Transactions } from './engine/transactions.ts';
import { relationOf } from './relations.ts';
import { StateChain } from './state-chain.ts';

export type { PlannedEvent } from './engine/planned-event.ts';

/** What was looked up for an event before it is planned. */
export interface Prepared {
  /** Of a redaction: its target, when known. */
  target?: EventBrief | undefined;
  /** Of a relation: the thread that the related event is in. */
  relatedThread?: string | null;
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

/** Most previous events that a local event names. */
export const MOST_PREVIOUS = 20;

/**
 * One room in memory: its head (forward extremities, depth, current state). Events are planned on top of it one after
 * the other without waiting for the database, so local sends never fork the graph. When a commit fails the actor is
 * dead: what was planned on it is refused, and the next command loads the room anew.
 */
export class RoomActor {
  readonly head: RoomHead;
  readonly version: RoomVersion;
  readonly state: RoomState;
  readonly transactions = new Transactions();
  /** Events of other servers that are planned and not committed, by id. */
  readonly inFlight = new Map<string, KnownEvent>();
  readonly #signer: EventSigner;
  readonly #ids: IdSource;
  #chain: StateChain | undefined;
  push: RoomPush | undefined;
  /** Commands that are planned and not committed. */
  pending = 0;
  /** The room has no row yet. */
  isNew: boolean;
  /** A commit failed: nothing that is planned on this actor may be written. */
  dead = false;
  /** Out of use: what is planned on it is written, and nothing more is planned. */
  retired = false;
  /** The size at which the cache has weighed it. */
  weighed = 0;
  /** Local events wait while one of another server, which has waited for long, is given its place. */
  hold: Promise<void> | undefined;
  /** What other servers send is taken in one after the other. */
  inbox: Promise<unknown> = Promise.resolve();

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
    this.isNew = options.isNew;
    this.state = new RoomState(options.version, options.isNew);
    if (options.isNew) this.#chain = new StateChain([]);
  }

  /** About how much memory the actor holds. */
  get bytes(): number {
    const chain = this.#chain?.bytes ?? 0;
    return 2_000 + this.state.bytes + this.transactions.bytes + chain + (this.push?.bytes ?? 0);
  }

  /** State keys that planning an event of a local user reads. */
  keysFor(event: NewEvent): StateKeyPair[] {
    const keys: StateKeyPair[] = [
      ['m.room.create', ''],
      ['m.room.power_levels', ''],
      ['m.room.join_rules', ''],
      ['m.room.member', event.sender],
      ['m.room.policy', ''],
    ];
    if (event.type === 'm.room.member') keys.push(...authEventKeysFor(this.#asAuthEvent(event), this.version));
    if (event.stateKey !== undefined) keys.push([event.type, event.stateKey]);
    return keys;
  }

  /** The chain of the current state's group; undefined when it has to be given first. */
  get chain(): StateChain | undefined {
    return this.#chain;
  }

  /** Takes in a group's delta chain, unless the head has moved to another group since. */
  loadChain(group: number, links: StateGroupLink[]): void {
    if (group === this.head.stateGroup) this.#chain ??= new StateChain(links);
  }

  /** The head has another state group now; its chain, where it is at hand. */
  moveChain(chain: StateChain | undefined): void {
    this.#chain = chain;
  }

  /** Too many extremities to name them all in one event. */
  get overgrown(): boolean {
    return this.head.extremities.length > MOST_PREVIOUS;
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
    const replaced = event.stateKey === undefined ? undefined : this.state.get(event.type, event.stateKey);
    if (replaced && isRepeated(replaced, event)) return { existing: replaced };
    if (event.type === 'm.room.redaction') this.#checkRedaction(event, prepared.target);

    const cited = this.#citedBy(event);
    const { pdu, eventId, json } = this.#build(event, cited, now);
    const { head } = this;
    const eventNid = this.#ids.nextEventNid();
    const before = head.stateGroup;
    const change = { type: event.type, stateKey: event.stateKey ?? '', eventNid };
    let stateGroup: StateGroupWrite | undefined;
    if (event.stateKey !== undefined) {
      if (!this.#chain) throw new Error('the state chain is not loaded');
      stateGroup = this.#chain.advance(head.roomNid, this.#ids.nextStateGroup(), [change]);
    }
    if (event.type === 'm.room.create' && this.version.roomIdIsHash) head.roomId = roomIdFromCreateEventId(eventId);

    const relation = relationOf(event.content);
    const row = newRow(head, event, {
      eventNid,
      eventId,
      depth: pdu.depth,
      originServerTs: pdu.origin_server_ts,
      stateGroup: before === 0 ? null : before,
      stateGroupAfter: stateGroup?.stateGroup ?? null,
      replacesNid: replaced?.eventNid ?? null,
      // What was redacted is not shown as the content before, either.
      replacesJson: replaced && !replaced.redacted ? replaced.json : null,
      replacesId: replaced?.eventId ?? null,
      threadRoot: relation?.relType === 'm.thread' ? relation.relatesTo : (prepared.relatedThread ?? null),
      txnDevice: txn?.deviceId ?? null,
      txnId: txn?.txnId ?? null,
      json,
    });
    const after = stateGroup?.stateGroup ?? before;
    const planned: PlannedEvent = {
      row,
      prevNids: head.extremities.map((x) => x.eventNid),
      authNids: cited.map((x) => x.eventNid),
      placed: true,
      head: { extremities: [eventNid], stateGroup: after, depth: row.depth },
      push: [],
    };
    if (stateGroup) {
      planned.stateGroup = stateGroup;
      planned.takesEffect = true;
      planned.place = placeOnChain(eventNid, placesOf(cited), change);
    }
    if (relation) planned.relation = relationRow(relation, row);
    if (event.redacts !== undefined && event.type === 'm.room.redaction')
      this.#redact(planned, event.redacts, prepared);
    if (event.type === 'm.room.member' && event.stateKey !== undefined) {
      const previous = membershipIn(replaced?.event.content);
      planned.membership = membershipOf(
        head.roomNid,
        eventNid,
        event,
        event.stateKey,
        this.#signer.serverName,
        previous,
      );
    }
    decidePush(this.push, planned, event, this.state.powerLevels());

    head.extremities = [{ eventNid, eventId, depth: row.depth, stateGroup: after, ...hashIn(pdu, this.version) }];
    head.depth = row.depth;
    head.stateGroup = after;
    if (event.stateKey !== undefined) {
      const entry = { ...pdu, eventId } as AuthEvent;
      this.state.set(event.type, event.stateKey, {
        eventNid,
        eventId,
        event: entry,
        json,
        redacted: false,
        place: planned.place?.place,
      });
    }
    return planned;
  }

  /** Builds and signs an event on top of the head as it is, without moving it. The auth rules are checked. */
  draft(event: NewEvent, prepared: Prepared, now: number): { pdu: Pdu } | { existing: StateEntry } {
    const replaced = event.stateKey === undefined ? undefined : this.state.get(event.type, event.stateKey);
    if (replaced && isRepeated(replaced, event)) return { existing: replaced };
    if (event.type === 'm.room.redaction') this.#checkRedaction(event, prepared.target);
    return this.#build(event, this.#citedBy(event), now);
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

  #citedBy(event: NewEvent): StateEntry[] {
    const seen = new Map<string, StateEntry>();
    for (const [type, stateKey] of authEventKeysFor(this.#asAuthEvent(event), this.version)) {
      const entry = this.state.get(type, stateKey);
      if (entry) seen.set(entry.eventId, entry);
    }
    return [...seen.values()];
  }

  #build(event: NewEvent, cited: StateEntry[], now: number) {
    const extremities = previousOf(this.head);
    const depth = Math.min(this.head.depth + 1, Number.MAX_SAFE_INTEGER);
    const inPairs = this.version.eventFormat === 'pairs';
    const pdu: Record<string, unknown> = {
      auth_events: cited.map(({ eventId, event: entry }) =>
        inPairs ? [eventId, { sha256: referenceHash(entry as unknown as Pdu, this.version) }] : eventId,
      ),
      content: event.content,
      depth,
      origin_server_ts: event.originServerTs ?? now,
      prev_events: extremities.map(({ eventId, hash }) => (inPairs ? [eventId, { sha256: hash ?? '' }] : eventId)),
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
    checkAuth(
      { ...pdu, eventId: '' } as unknown as AuthEvent,
      this.version,
      (type, stateKey) => this.state.get(type, stateKey)?.event,
    );
    const { serverName, key } = this.#signer;
    const signed = addHashesAndSignatures(pdu as unknown as UnsignedPdu, this.version, serverName, key);
    eventSizeCheck(signed.pdu, signed.json);
    return signed;
  }

  /** Who may redact what, for events of this server's users (rooms v3, handling redactions). */
  #checkRedaction(event: NewEvent, target: EventBrief | undefined): void {
    if (target && target.roomNid !== this.head.roomNid) throw invalidParam('The event to redact is in another room.');
    if (target?.type === 'm.room.create') throw forbidden('The create event of a room cannot be redacted.');
    const levels = this.state.powerLevels();
    if (levels.userLevel(event.sender) >= levels.level('redact')) return;
    if (!target) throw notFound(`There is no event ${event.redacts}.`);
    if (target.sender !== event.sender)
      throw forbidden("You don't have permission to redact events of others in this room.");
  }

  #redact(planned: PlannedEvent, redacts: string, prepared: Prepared): void {
    const { target } = prepared;
    if (!target) {
      // It may be another server's event that is still on its way.
      const { eventNid: byNid, roomNid } = planned.row;
      planned.more = { ...noExtras(), held: [{ redacts, byNid, roomNid, hasPower: true }] };
      return;
    }
    planned.redactsNid = target.eventNid;
    if (target.stateKey === null) return;
    const entry = this.state.get(target.type, target.stateKey);
    if (entry?.eventNid === target.eventNid) entry.redacted = true;
  }
}

/** An extremity's reference hash, where the room version has events name it. */
export function hashIn(pdu: Pdu, version: RoomVersion): { hash?: string } {
  return version.eventFormat === 'pairs' ? { hash: referenceHash(pdu, version) } : {};
}

/** Places on the chain cover of those entries that have one. */
export function placesOf(entries: readonly { event: AuthEvent; place: StateEntry['place'] }[]) {
  return entries.flatMap(({ event, place }) =>
    place ? [{ type: event.type, stateKey: event.state_key ?? '', place }] : [],
  );
}

/**
 * The extremities that an event names: all, or where there are too many at least one of each state, so that the state
 * before the event is the room's, and then the newest.
 */
export function previousOf(head: RoomHead): RoomHead['extremities'] {
  if (head.extremities.length <= MOST_PREVIOUS) return head.extremities;
  const newest = [...head.extremities].sort((a, b) => b.depth - a.depth);
  const groups = new Map(newest.map((x) => [x.stateGroup, x]));
  const chosen = new Set([...groups.values(), ...newest]);
  return [...chosen].slice(0, MOST_PREVIOUS);
}

function isRepeated(replaced: StateEntry, event: NewEvent): boolean {
  if (replaced.redacted || replaced.event.sender !== event.sender) return false;
  try {
    return canonicalJson(replaced.event.content) === canonicalJson(event.content);
  } catch (error) {
    if (error instanceof MatrixError) return false;
    throw error;
  }
}
