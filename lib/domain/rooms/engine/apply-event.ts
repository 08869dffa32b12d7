import { AuthError, type AuthEvent, authEventKeysFor, checkAuth } from '../../../spec/auth-rules.ts';
import type { Pdu } from '../../../spec/events.ts';
import { EVENT_REJECTED, EVENT_SOFT_FAILED, EVENT_WITHHELD, type EventRow } from '../../../storage/events/event-row.ts';
import type { Extremity } from '../../../storage/rooms/room-head.ts';
import { relationOf } from '../relations.ts';
import { hashIn, type IdSource, placesOf, type RoomActor } from '../room-actor.ts';
import type { StateChain, StateChange } from '../state-chain.ts';
import { placeOnChain } from './chain-place.ts';
import { decidePush, membershipIn, membershipOf, newRow, relationRow } from './describe-event.ts';
import { type Draft, type Need, OWN_GROUP } from './draft.ts';
import { storedGroup } from './group-diff.ts';
import type { KnownEvent } from './known-events.ts';
import { addDraftExtras, addOtherChanges } from './other-changes.ts';
import { noExtras, type PlannedEvent, type PlannedExtras } from './planned-event.ts';
import { isWithheld } from './redactions.ts';
import type { ResolvedChange } from './resolver.ts';
import type { StateKeyPair } from './room-state.ts';
import { winsSurely } from './sure-winner.ts';

/** An event that has its place, the redactions that become visible with it, and what later events want to know of it. */
export interface Applied {
  planned: PlannedEvent[];
  known: KnownEvent;
}

/**
 * Gives a checked event its place: soft failure by the room's current state, forward extremities, current state. Nothing
 * in here waits, so the head cannot move in between. When something has to be read or computed first it says so, and has
 * changed nothing.
 */
export function applyEvent(actor: RoomActor, draft: Draft, ids: IdSource, serverName: string): Applied | Need {
  const { pdu } = draft.incoming;
  const own: StateKeyPair | undefined = pdu.state_key === undefined ? undefined : [pdu.type, pdu.state_key];
  const keys: StateKeyPair[] = [
    ['m.room.create', ''],
    ['m.room.power_levels', ''],
    ...authEventKeysFor(pdu, actor.version),
  ];
  if (own) keys.push(own);
  const missing = actor.state.missing(keys);
  if (missing.length > 0) return { kind: 'keys', keys: missing };

  const atHead = draft.before.ref.group === actor.head.stateGroup;
  const rejected = draft.rejectedBy !== undefined;
  let allowed = rejected || draft.unwelcome || draft.historic || atHead || isAllowedNow(actor, draft);
  if (!allowed && draft.missing.length > 0) {
    const across = stateAcross(actor, draft);
    if ('kind' in across) return across;
    allowed = isAllowedNow(actor, draft, across);
  }
  const softFailed = !rejected && (draft.unwelcome || !allowed);
  const isState = own !== undefined && !rejected;
  if (isState && !draft.before.chain && (!atHead || !actor.chain || actor.chain.missing(1) !== undefined)) {
    return { kind: 'chain' };
  }
  const step = nextHead(actor, draft, { stays: rejected || softFailed, isState, atHead });
  if ('kind' in step) return step;
  return place(actor, draft, ids, serverName, { own, atHead, rejected, softFailed, isState, step });
}

interface HeadStep {
  remaining: Extremity[];
  /** The event is an extremity. */
  joins: boolean;
  /** The current state afterwards: as it was, that after the event, or what was resolved. */
  state: 'same' | 'own' | 'resolved';
}

function nextHead(
  actor: RoomActor,
  draft: Draft,
  event: { stays: boolean; isState: boolean; atHead: boolean },
): HeadStep | Need {
  const { head } = actor;
  if (event.stays || draft.historic) return { remaining: head.extremities, joins: false, state: 'same' };
  const { before } = draft;
  const behind = new Set(draft.behind);
  const remaining = head.extremities.filter((x) => !behind.has(x.eventNid));
  const joins = !draft.followed || remaining.length === 0;
  const groups = new Set(remaining.map((x) => x.stateGroup));
  if (joins) groups.add(event.isState ? OWN_GROUP : before.ref.group);
  if (sameSet(groups, new Set(head.extremities.map((x) => x.stateGroup)))) return { remaining, joins, state: 'same' };
  if (groups.size === 1 && groups.has(before.ref.group) && event.atHead) return { remaining, joins, state: 'same' };
  if (groups.size === 1 && groups.has(OWN_GROUP) && event.atHead) return { remaining, joins, state: 'own' };
  if (
    groups.size === 2 &&
    groups.has(before.ref.group) &&
    groups.has(OWN_GROUP) &&
    event.atHead &&
    winsSurely(actor, draft)
  ) {
    return { remaining, joins, state: 'own' };
  }
  const key = `${head.stateGroup} ${[...groups].sort((a, b) => a - b)}`;
  if (draft.resolution?.key === key) return { remaining, joins, state: 'resolved' };
  const { pdu } = draft.incoming;
  const change = { type: pdu.type, stateKey: pdu.state_key ?? '', eventNid: draft.eventNid };
  const after = { ...before.ref, group: OWN_GROUP, overlay: [...before.ref.overlay, change] };
  const refs = [...groups].map((group) =>
    group === OWN_GROUP ? after : group === before.ref.group ? before.ref : storedGroup(group),
  );
  return { kind: 'resolution', key, groups: refs, from: storedGroup(head.stateGroup) };
}

interface Placing {
  own: StateKeyPair | undefined;
  atHead: boolean;
  rejected: boolean;
  softFailed: boolean;
  isState: boolean;
  step: HeadStep;
}

function place(actor: RoomActor, draft: Draft, ids: IdSource, serverName: string, how: Placing): Applied {
  const { head } = actor;
  const { incoming, before, eventNid } = draft;
  const { pdu, eventId, json } = incoming;
  const { own, step } = how;
  const change: StateChange | undefined = own && { type: own[0], stateKey: own[1], eventNid };
  const chain = how.isState ? (before.chain ?? (actor.chain as StateChain)).clone() : undefined;
  const after = chain && change && chain.advance(head.roomNid, ids.nextStateGroup(), [change]);
  const groupAfter = after?.stateGroup ?? before.ref.group;
  const current = own && actor.state.get(own[0], own[1]);
  const changes = changesOf(draft, step, change, current?.eventNid);
  const takesEffect = changes.some((c) => isKey(c, own) && c.eventNid === eventNid);

  const row = rowOf(actor, draft, how, before.ref.group, after?.stateGroup ?? null);
  if (takesEffect && current) {
    // Clients are told what they have seen, which is the room's state and not that before the event.
    Object.assign(row, {
      replacesNid: current.eventNid,
      replacesJson: current.redacted ? null : current.json,
      replacesId: current.eventId,
    });
  }
  const follows = how.atHead && takesEffect ? change : undefined;
  const newPlace = change && !draft.outlier ? placeOnChain(eventNid, placesOf(draft.cited), follows) : undefined;
  if (draft.historic && row.flags === 0) row.position = -eventNid;
  const more = noExtras();
  const planned: PlannedEvent = {
    row,
    prevNids: draft.previous.map((x) => x.eventNid),
    authNids: draft.cited.map((x) => x.eventNid),
    placed: row.flags === 0 && !draft.historic,
    takesEffect,
    push: [],
    more,
  };
  if (draft.outlier) planned.stored = true;
  if (before.write) more.stateGroups.push(before.write);
  if (after) planned.stateGroup = after;
  if (newPlace) planned.place = newPlace;
  if (takesEffect && pdu.type === 'm.room.member' && own) {
    const previous = membershipIn(current?.event.content);
    planned.membership = membershipOf(head.roomNid, eventNid, pdu, own[1], serverName, previous);
  }
  const relation = relationOf(pdu.content);
  if (relation && !how.rejected) planned.relation = relationRow(relation, row);
  const others = changes.filter((c) => !(isKey(c, own) && takesEffect));
  addOtherChanges(actor, draft, more, others, serverName);
  if (planned.placed && own && !takesEffect && !others.some((c) => isKey(c, own))) {
    const value = current?.eventNid ?? null;
    more.corrections.push({
      roomNid: head.roomNid,
      type: own[0],
      stateKey: own[1],
      eventNid: value,
      previousNid: value,
    });
  }
  addDraftExtras(actor, draft, planned, more);

  if (!how.rejected && !how.softFailed && !draft.historic) {
    moveHead(actor, draft, planned, more, { step, groupAfter, chain, ids });
  }
  const event = { ...pdu, eventId, ...(how.rejected ? { rejected: true } : {}) } as AuthEvent;
  const cited = { eventNid, eventId, event, place: newPlace?.place ?? draft.outlier?.cited?.place };
  if (own && takesEffect) actor.state.set(own[0], own[1], { ...cited, json, redacted: row.redactedBy !== null });
  if (others.length > 0) actor.state.forget(others.map((c) => [c.type, c.stateKey]));
  if (planned.placed) {
    const shape = { type: pdu.type, stateKey: pdu.state_key, sender: pdu.sender, content: pdu.content };
    decidePush(actor.push, planned, shape, actor.state.powerLevels());
  }
  const shown = draft.held.flatMap((held) => held.shown ?? []);
  const hidden = how.rejected || how.softFailed ? { behind: draft.behind } : {};
  return { planned: [planned, ...shown], known: { ...row, ...(own ? { cited } : {}), ...hidden } };
}

function changesOf(
  draft: Draft,
  step: HeadStep,
  change: StateChange | undefined,
  currentNid: number | undefined,
): ResolvedChange[] {
  if (step.state === 'resolved') return draft.resolution?.result.changes ?? [];
  if (step.state === 'own' && change) return [{ ...change, previousNid: currentNid ?? 0 }];
  return [];
}

/** Moves extremities, depth and current state. */
function moveHead(
  actor: RoomActor,
  draft: Draft,
  planned: PlannedEvent,
  more: PlannedExtras,
  to: { step: HeadStep; groupAfter: number; chain: StateChain | undefined; ids: IdSource },
): void {
  const { head } = actor;
  const { step, groupAfter } = to;
  const { eventNid, eventId, depth } = planned.row;
  head.extremities = step.joins
    ? [
        ...step.remaining,
        { eventNid, eventId, depth, stateGroup: groupAfter, ...hashIn(draft.incoming.pdu, actor.version) },
      ]
    : step.remaining;
  head.depth = Math.max(head.depth, depth);
  if (step.state === 'own') {
    head.stateGroup = groupAfter;
    actor.moveChain(to.chain);
  } else if (step.state === 'resolved' && draft.resolution) {
    const { groups, result, chain: storedChain } = draft.resolution;
    const base = groups[result.base]?.group as number;
    const own = base === OWN_GROUP;
    const chain = own ? to.chain?.clone() : base === draft.before.ref.group ? draft.before.chain?.clone() : undefined;
    const baseChain = chain ?? storedChain;
    if (result.delta.length > 0) {
      const write = (baseChain as StateChain).advance(head.roomNid, to.ids.nextStateGroup(), result.delta);
      more.stateGroups.push(write);
      head.stateGroup = write.stateGroup;
      actor.moveChain(baseChain);
    } else if (head.stateGroup !== (own ? groupAfter : base)) {
      head.stateGroup = own ? groupAfter : base;
      actor.moveChain(baseChain);
    }
  }
  planned.head = {
    extremities: head.extremities.map((x) => x.eventNid),
    stateGroup: head.stateGroup,
    depth: head.depth,
  };
}

function rowOf(actor: RoomActor, draft: Draft, how: Placing, groupBefore: number, groupAfter: number | null): EventRow {
  const { pdu, eventId, json } = draft.incoming;
  const { redaction } = draft;
  let flags = how.rejected ? EVENT_REJECTED : how.softFailed ? EVENT_SOFT_FAILED : 0;
  if (redaction && isWithheld(redaction, actor.version)) flags |= EVENT_WITHHELD;
  const relation = relationOf(pdu.content);
  const redactedBy = how.rejected ? undefined : draft.held.find((held) => held.applies);
  const shape = { type: pdu.type, stateKey: pdu.state_key, sender: pdu.sender, content: pdu.content };
  return newRow(actor.head, shape, {
    eventNid: draft.eventNid,
    eventId,
    depth: pdu.depth,
    originServerTs: pdu.origin_server_ts,
    stateGroup: groupBefore === 0 ? null : groupBefore,
    stateGroupAfter: groupAfter,
    flags,
    redactedBy: redactedBy?.byNid ?? null,
    redactionId: redactedBy?.byId ?? null,
    redactionJson: redactedBy?.json ?? null,
    threadRoot: relation?.relType === 'm.thread' ? relation.relatesTo : draft.relatedThread,
    txnDevice: draft.txn?.deviceId ?? null,
    txnId: draft.txn?.txnId ?? null,
    json,
  });
}

/**
 * What the current state would be if it knew what happened in the gap before the event: those who came into the room
 * meanwhile are not strangers. By `type\0state key`, as far as it differs from the current state.
 */
function stateAcross(actor: RoomActor, draft: Draft): Map<string, AuthEvent | undefined> | Need {
  const { head } = actor;
  const { ref } = draft.before;
  const groups = [...new Set(head.extremities.map((x) => x.stateGroup))].sort((a, b) => a - b);
  const key = `${head.stateGroup} ${groups}`;
  if (draft.across?.key !== key) {
    const refs = [...groups.map(storedGroup), ref];
    return { kind: 'resolution', key, groups: refs, from: storedGroup(head.stateGroup), across: true };
  }
  const { changes, events } = draft.across.result;
  const byNid = new Map(events.map((row) => [row.eventNid, { ...JSON.parse(row.json), eventId: row.eventId }]));
  return new Map(changes.map((c) => [`${c.type}\0${c.stateKey}`, byNid.get(c.eventNid)]));
}

/**
 * Does the room's current state allow the event (server-server API, soft failure)?
 * @param changes replace entries of it
 */
function isAllowedNow(actor: RoomActor, draft: Draft, changes?: ReadonlyMap<string, AuthEvent | undefined>): boolean {
  const event = { ...(draft.incoming.pdu as Pdu), eventId: draft.incoming.eventId } as AuthEvent;
  const lookup = (type: string, stateKey: string): AuthEvent | undefined => {
    const key = `${type}\0${stateKey}`;
    return changes?.has(key) ? changes.get(key) : actor.state.get(type, stateKey)?.event;
  };
  try {
    checkAuth(event, actor.version, lookup);
    return true;
  } catch (error) {
    if (error instanceof AuthError) return false;
    throw error;
  }
}

function isKey(change: { type: string; stateKey: string }, key: StateKeyPair | undefined): boolean {
  return key !== undefined && change.type === key[0] && change.stateKey === key[1];
}

function sameSet(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every((x) => b.has(x));
}
