import { type BatchWrite, emptyBatch, type RoomHeadWrite } from '../../storage/events/batch-write.ts';
import type { PlannedEvent } from './engine/planned-event.ts';
import type { RoomActor } from './room-actor.ts';

/** What one command adds to a batch. */
export interface BatchItem {
  actor: RoomActor;
  planned: PlannedEvent[];
  aliases?: { alias: string; creator: string }[];
  /** What a room that is taken over brings: whole state, written with its first event. */
  bulk?: Partial<Pick<BatchWrite, 'stateGroups' | 'currentState' | 'memberships'>> & { head?: RoomHeadWrite };
}

/**
 * Puts what several rooms write into one batch.
 * @param epochs the epoch of its slot under which each actor was loaded; the batch is fenced with it
 */
export function mergeBatch(items: BatchItem[], epochs: WeakMap<RoomActor, number>): BatchWrite {
  const batch = emptyBatch();
  const heads = new Map<RoomActor, RoomHeadWrite>();
  for (const { actor, planned, aliases, bulk } of items) {
    for (const event of planned) addEvent(batch, heads, actor, event);
    for (const a of aliases ?? []) batch.aliases.push({ ...a, roomNid: actor.head.roomNid, ts: actor.head.createdTs });
    if (!bulk) continue;
    // Not by spreading into push: a room's state may be longer than a call's arguments.
    for (const group of bulk.stateGroups ?? []) batch.stateGroups.push(group);
    for (const entry of bulk.currentState ?? []) batch.currentState.push(entry);
    for (const membership of bulk.memberships ?? []) batch.memberships.push({ ...membership, place: batch.places });
    if (bulk.head) heads.set(actor, { ...bulk.head, lastPlace: batch.places });
  }
  batch.rooms = [...heads.values()];
  const fences = new Map(items.map(({ actor }) => [`${actor.head.slot} ${epochs.get(actor)}`, actor]));
  batch.fences = [...fences.values()]
    .map((actor) => ({ slot: actor.head.slot, epoch: epochs.get(actor) ?? -1 }))
    .sort((a, b) => a.slot - b.slot);
  return batch;
}

function addEvent(
  batch: BatchWrite,
  heads: Map<RoomActor, RoomHeadWrite>,
  actor: RoomActor,
  event: PlannedEvent,
): void {
  const { row, stateGroup, membership, relation, redactsNid, place: chainPlace, more } = event;
  const place = event.placed ? ++batch.places : null;
  const past = row.position !== null && row.position < 0 ? row.position : null;
  const write = { row, prevNids: event.prevNids, authNids: event.authNids, place: place ?? past };
  if (event.stored) batch.stored.push(write);
  else batch.events.push(write);
  if (stateGroup) {
    batch.stateGroups.push(stateGroup);
    if (event.takesEffect) {
      const { roomNid, type, eventNid } = row;
      batch.currentState.push({ roomNid, type, stateKey: row.stateKey as string, eventNid });
    }
  }
  if (membership) batch.memberships.push({ ...membership, place: place ?? batch.places });
  if (relation) batch.relations.push(relation);
  if (redactsNid !== undefined) batch.redactions.push({ targetNid: redactsNid, byNid: row.eventNid });
  for (const p of event.push) batch.pushExceptions.push({ ...p, place: place ?? batch.places });
  if (chainPlace) {
    const { chain, sequence } = chainPlace.place;
    batch.chains.push({ eventNid: row.eventNid, chain, sequence });
    for (const [toChain, toSequence] of chainPlace.newLinks) {
      batch.chainLinks.push({ chain, sequence, toChain, toSequence });
    }
  }
  if (more) addExtras(batch, more, place ?? batch.places);
  if (event.head) {
    const { head } = actor;
    const lastPlace = place ?? heads.get(actor)?.lastPlace ?? null;
    heads.set(actor, {
      roomNid: head.roomNid,
      roomId: head.roomId,
      roomVersion: head.roomVersion,
      creator: head.creator,
      createdTs: head.createdTs,
      slot: head.slot,
      isPublic: head.isPublic,
      isNew: actor.isNew,
      ...event.head,
      lastPlace,
    });
  }
}

function addExtras(batch: BatchWrite, more: NonNullable<PlannedEvent['more']>, place: number): void {
  batch.stateGroups.push(...more.stateGroups);
  batch.currentState.push(...more.currentState);
  for (const membership of more.memberships) batch.memberships.push({ ...membership, place });
  for (const correction of more.corrections) batch.corrections.push({ ...correction, place });
  batch.missing.push(...more.missing);
  batch.found.push(...more.found);
  batch.held.push(...more.held);
  batch.released.push(...more.released);
}
