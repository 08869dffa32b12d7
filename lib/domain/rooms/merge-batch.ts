import type { BatchWrite, RoomHeadWrite } from '../../storage/events/commit-batch.ts';
import type { PlannedEvent, RoomActor } from './room-actor.ts';

/** What one command adds to a batch. */
export interface BatchItem {
  actor: RoomActor;
  planned: PlannedEvent[];
  aliases: { alias: string; creator: string }[];
}

/**
 * Puts what several rooms write into one batch.
 * @param epochs the epoch of its slot under which each actor was loaded; the batch is fenced with it
 */
export function mergeBatch(items: BatchItem[], epochs: WeakMap<RoomActor, number>): BatchWrite {
  const batch: BatchWrite = {
    fences: [],
    events: [],
    rooms: [],
    stateGroups: [],
    currentState: [],
    memberships: [],
    relations: [],
    pushExceptions: [],
    redactions: [],
    aliases: [],
  };
  const heads = new Map<RoomActor, RoomHeadWrite>();
  for (const { actor, planned, aliases } of items) {
    for (const { row, stateGroup, membership, relation, redactsNid, push } of planned) {
      const index = batch.events.length;
      batch.events.push(row);
      if (stateGroup) {
        batch.stateGroups.push(stateGroup);
        batch.currentState.push({
          roomNid: row.roomNid,
          type: row.type,
          stateKey: row.stateKey as string,
          eventNid: row.eventNid,
        });
      }
      if (membership) batch.memberships.push({ ...membership, index });
      if (relation) batch.relations.push(relation);
      if (redactsNid !== undefined) batch.redactions.push({ targetNid: redactsNid, byNid: row.eventNid });
      for (const p of push) batch.pushExceptions.push({ ...p, index });
      const { head } = actor;
      // The head of the batch, not the actor's: that one may be further already.
      heads.set(actor, {
        roomNid: head.roomNid,
        roomId: head.roomId,
        roomVersion: head.roomVersion,
        creator: head.creator,
        createdTs: head.createdTs,
        slot: head.slot,
        isPublic: head.isPublic,
        extremities: [row.eventNid],
        stateGroup: row.stateGroupAfter ?? row.stateGroup ?? 0,
        depth: row.depth,
        lastIndex: index,
      });
    }
    for (const a of aliases) batch.aliases.push({ ...a, roomNid: actor.head.roomNid, ts: actor.head.createdTs });
  }
  batch.rooms = [...heads.values()];
  const fences = new Map([...heads.keys()].map((actor) => [`${actor.head.slot} ${epochs.get(actor)}`, actor]));
  batch.fences = [...fences.values()]
    .map((actor) => ({ slot: actor.head.slot, epoch: epochs.get(actor) ?? -1 }))
    .sort((a, b) => a.slot - b.slot);
  return batch;
}
