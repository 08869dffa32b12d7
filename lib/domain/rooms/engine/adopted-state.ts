import { forbidden, invalidParam } from '../../../spec/errors.ts';
import type { CurrentStateWrite, MembershipWrite, RoomHeadWrite } from '../../../storage/events/batch-write.ts';
import { EVENT_REJECTED } from '../../../storage/events/event-row.ts';
import type { RoomHead } from '../../../storage/rooms/room-head.ts';
import { getEntriesOfWholeGroup } from '../../../storage/state/groups.ts';
import type { BatchItem } from '../merge-batch.ts';
import { placesOf, type RoomActor } from '../room-actor.ts';
import { type StateChange, snapshotGroup } from '../state-chain.ts';
import { placeOnChain } from './chain-place.ts';
import { keysOf, type Lookup, refusedByAuthEvents, refusedByState } from './check-event.ts';
import { decidePush, membershipIn, membershipOf, newRow } from './describe-event.ts';
import { type Engine, nextEventNid, nextStateGroup } from './engine.ts';
import type { Incoming } from './incoming.ts';
import { type CitedEvent, citeEvents, findKnown, groupAfter, type KnownEvent } from './known-events.ts';
import { noExtras, type PlannedEvent } from './planned-event.ts';

/**
 * What a room becomes when a user of this server comes in: the state before the event as one group, the event on top of
 * it as the one extremity, current state and members by it.
 *
 * @param known all events of state and auth chain that are stored
 * @param old the room's head when it was known before, and left
 */
export async function planEntry(
  engine: Engine,
  actor: RoomActor,
  event: Incoming,
  state: Incoming[],
  known: Map<string, KnownEvent>,
  old: RoomHead | undefined,
): Promise<Omit<BatchItem, 'actor'>> {
  const { head } = actor;
  const entries = new Map<string, KnownEvent>();
  for (const { eventId } of state) {
    const one = known.get(eventId);
    if (!one || one.stateKey === null || one.roomNid !== head.roomNid || (one.flags & EVENT_REJECTED) !== 0) continue;
    entries.set(`${one.type}\0${one.stateKey}`, one);
  }
  const cited = await check(engine, actor, event, entries, known);
  const around = await findKnown(engine.db, actor, [event.eventId, ...event.prevIds]);
  const own = around.get(event.eventId);
  const eventNid = own?.eventNid ?? (await nextEventNid(engine));
  const changes = [...entries.values()].map((one) => ({
    type: one.type,
    stateKey: one.stateKey as string,
    eventNid: one.eventNid,
  }));
  const { write: before, chain } = snapshotGroup(head.roomNid, await nextStateGroup(engine), changes);
  const userId = event.pdu.state_key as string;
  const change: StateChange = { type: 'm.room.member', stateKey: userId, eventNid };
  const after = chain.advance(head.roomNid, await nextStateGroup(engine), [change]);

  const replaced = entries.get(`m.room.member\0${userId}`);
  const { pdu, eventId, json } = event;
  const shape = { type: pdu.type, stateKey: userId, sender: pdu.sender, content: pdu.content };
  const row = newRow(head, shape, {
    eventNid,
    eventId,
    depth: pdu.depth,
    originServerTs: pdu.origin_server_ts,
    stateGroup: before.stateGroup,
    stateGroupAfter: after.stateGroup,
    replacesNid: replaced?.eventNid ?? null,
    json,
  });
  const { serverName } = engine.signer;
  const contents = new Map(state.map((one) => [one.eventId, one.pdu]));
  const previous = membershipIn(replaced && contents.get(replaced.eventId)?.content);
  const planned: PlannedEvent = {
    row,
    prevNids: event.prevIds.flatMap((id) => placed(around.get(id))?.eventNid ?? []),
    authNids: cited.map((c) => c.eventNid),
    placed: true,
    takesEffect: true,
    stateGroup: after,
    membership: membershipOf(head.roomNid, eventNid, pdu, userId, serverName, previous),
    push: [],
  };
  // The room's history before is elsewhere, and can be asked for.
  const missing = event.prevIds.filter((id) => !placed(around.get(id)));
  planned.more = {
    ...noExtras(),
    missing: missing.map((id) => ({ roomNid: head.roomNid, eventId: id, wantedBy: eventNid })),
  };
  if (own) planned.stored = true;
  else planned.place = placeOnChain(eventNid, placesOf(cited), undefined);
  decidePush(await engine.push?.forNewRoom(head.roomNid), planned, shape, actor.state.powerLevels());

  // The user's own member event is another now: somebody who comes back has left before.
  const currentState: CurrentStateWrite[] = changes
    .filter(({ type, stateKey }) => type !== 'm.room.member' || stateKey !== userId)
    .map((one) => ({ ...one, roomNid: head.roomNid }));
  const gone = await goneSince(engine, old, entries, userId);
  for (const { type, stateKey } of gone) currentState.push({ roomNid: head.roomNid, type, stateKey, eventNid: 0 });
  const memberships = membersOf(actor, entries, contents, serverName).filter((m) => m.userId !== userId);
  for (const { type, stateKey } of gone) {
    if (type !== 'm.room.member') continue;
    const left = { sender: pdu.sender, content: { membership: 'leave' } };
    memberships.push({ ...membershipOf(head.roomNid, eventNid, left, stateKey, serverName, null), place: 0 });
  }
  const newHead: RoomHeadWrite = {
    ...head,
    extremities: [eventNid],
    stateGroup: after.stateGroup,
    depth: pdu.depth,
    isNew: false,
    lastPlace: null,
  };
  return { planned: [planned], bulk: { head: newHead, stateGroups: [before], currentState, memberships } };
}

/** An event that has a place in the room's history. */
function placed(event: KnownEvent | undefined): KnownEvent | undefined {
  return event && groupAfter(event) !== undefined ? event : undefined;
}

/** Checks the event by its auth events and by the state it comes to. @throws MatrixError 403 */
async function check(
  engine: Engine,
  actor: RoomActor,
  event: Incoming,
  entries: Map<string, KnownEvent>,
  known: Map<string, KnownEvent>,
): Promise<CitedEvent[]> {
  const { head, version } = actor;
  const authEvents = event.authIds.map((id) => known.get(id));
  if (authEvents.includes(undefined)) throw invalidParam('The room came without the events that the event cites.');
  const wanted = keysOf(event, version).flatMap(([type, stateKey]) => entries.get(`${type}\0${stateKey}`) ?? []);
  const all = await citeEvents(engine.db, actor, [...new Set([...(authEvents as KnownEvent[]), ...wanted])]);
  const byNid = new Map(all.map((one) => [one.eventNid, { ...one, event: { ...one.event, room_id: head.roomId } }]));
  const cited = (authEvents as KnownEvent[]).flatMap((one) => byNid.get(one.eventNid) ?? []);
  const lookup: Lookup = (type, stateKey) => byNid.get(entries.get(`${type}\0${stateKey}`)?.eventNid ?? 0)?.event;
  const refused =
    refusedByAuthEvents(event, version, cited, lookup('m.room.create', ''), undefined) ??
    refusedByState(event, version, lookup);
  if (refused) throw forbidden(`The room does not take the event: ${refused.message}.`);
  return cited;
}

function membersOf(
  actor: RoomActor,
  entries: Map<string, KnownEvent>,
  contents: ReadonlyMap<string, Incoming['pdu']>,
  serverName: string,
): MembershipWrite[] {
  const { roomNid } = actor.head;
  return [...entries.values()].flatMap((one) => {
    const pdu = one.type === 'm.room.member' ? contents.get(one.eventId) : undefined;
    if (!pdu) return [];
    return [{ ...membershipOf(roomNid, one.eventNid, pdu, one.stateKey as string, serverName, null), place: 0 }];
  });
}

/** Keys of the state as it was known that the room doesn't have any more. */
async function goneSince(
  engine: Engine,
  old: RoomHead | undefined,
  entries: Map<string, KnownEvent>,
  userId: string,
): Promise<{ type: string; stateKey: string }[]> {
  if (!old || old.stateGroup === 0) return [];
  const before = await getEntriesOfWholeGroup(engine.db, old.stateGroup);
  return before.filter(({ type, stateKey }) => {
    if (type === 'm.room.member' && stateKey === userId) return false;
    return !entries.has(`${type}\0${stateKey}`);
  });
}
