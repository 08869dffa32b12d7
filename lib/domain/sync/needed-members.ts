import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { getMemberEvents } from '../../storage/sync/members.ts';
import type { Context } from '../context.ts';
import { membersWanted, redundantMembers } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';
import { rowsOf, type Slice } from './whole-states.ts';

/**
 * Member events that the timelines of known rooms need and that the device was not told of, by room, as they were where
 * the timeline starts (with `state_after`: where it ends). No query when it was told of all of them.
 *
 * @param changes state that is told anyway.
 */
export async function neededMembers(
  ctx: Context,
  scope: SyncScope,
  slices: Slice[],
  needed: ReadonlyMap<number, ReadonlySet<string>>,
  changes: ReadonlyMap<number, ReadonlyMap<string, EventRow>>,
): Promise<Map<number, EventRow[]>> {
  const { filter, useStateAfter } = scope.request;
  const members = new Map<number, EventRow[]>();
  if (!membersWanted(filter)) return members;
  const redundant = redundantMembers(filter);
  const replaced: number[] = [];
  const current: [number, string][] = [];
  for (const { work, timeline } of slices) {
    const { roomNid } = work.room;
    for (const userId of needed.get(roomNid) ?? []) {
      if (changes.get(roomNid)?.has(`m.room.member\0${userId}`)) continue;
      if (!redundant && ctx.sync.lazyMembers.knows(scope, roomNid, userId)) continue;
      const change = rowsOf(timeline).find((row) => row.type === 'm.room.member' && row.stateKey === userId);
      // With `state_after` a change in the timeline is among `changes`.
      if (!change || useStateAfter) current.push([roomNid, userId]);
      else if (change.replacesNid !== null) replaced.push(change.replacesNid);
    }
  }
  let [found, older] = await Promise.all([getMemberEvents(ctx.db, current), getEventsByNid(ctx.db, replaced)]);
  while (found.length + older.length > 0) {
    for (const row of [...found, ...older]) {
      if ((row.position ?? 0) > scope.now.events) continue;
      const rows = members.get(row.roomNid) ?? [];
      rows.push(row);
      members.set(row.roomNid, rows);
    }
    // Newer than what this answer reaches: the one before it counts.
    const ahead = found.filter((row) => (row.position ?? 0) > scope.now.events && row.replacesNid !== null);
    [found, older] = [
      await getEventsByNid(
        ctx.db,
        ahead.map((row) => row.replacesNid as number),
      ),
      [],
    ];
  }
  return members;
}
