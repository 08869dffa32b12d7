import type { EventRow } from '../../storage/events/event-row.ts';
import { getStateChanges } from '../../storage/sync/timelines.ts';
import type { Context } from '../context.ts';
import { neededMembers } from './needed-members.ts';
import { type EventPredicate, lazyLoads } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';
import { rowsOf, type Slice, stateKeyOf, wholeStates } from './whole-states.ts';

/**
 * What `state` (or `state_after`) of each room says: for a room that is new to the reader all of it, else what has
 * changed since and the timeline doesn't show; with lazily loaded members those who are needed and not known.
 *
 * @param heroes users who give rooms without a name one, by room: their members are needed too.
 */
export async function roomStates(
  ctx: Context,
  scope: SyncScope,
  slices: Slice[],
  heroes: ReadonlyMap<number, string[]>,
  wanted: EventPredicate,
): Promise<Map<number, EventRow[]>> {
  const { filter, useStateAfter, userId } = scope.request;
  const lazy = lazyLoads(filter);
  const needed = new Map(
    slices.map(({ work, timeline }) => {
      const users = new Set(timeline.shown.map(({ row }) => row.sender));
      for (const hero of heroes.get(work.room.roomNid) ?? []) users.add(hero);
      return [work.room.roomNid, users];
    }),
  );
  const inside = wanted.none ? [] : slices.filter(({ work }) => !work.outside);
  const whole = inside.filter(({ work }) => work.whole);
  const known = inside.filter(({ work }) => !work.whole);
  for (const { work } of whole) {
    needed.get(work.room.roomNid)?.add(userId);
    if (lazy && work.fresh) ctx.sync.lazyMembers.startAnew(scope, work.room.roomNid);
  }
  const users = whole.flatMap(({ work }) => [...(needed.get(work.room.roomNid) as Set<string>)]);
  // Members that have changed are told even where the others are not (`full_state` with lazily loaded members).
  const changing = lazy ? inside.filter(({ work }) => !work.fresh) : known;
  const [wholes, changes] = await Promise.all([
    wholeStates(ctx, scope, whole, lazy ? [...new Set(users)] : null),
    stateChanges(ctx, scope, changing),
  ]);
  const members = lazy ? await neededMembers(ctx, scope, known, needed, changes) : new Map<number, EventRow[]>();

  const states = new Map<number, EventRow[]>();
  for (const { work, timeline } of inside) {
    const { roomNid } = work.room;
    const isNeeded = needed.get(roomNid) as Set<string>;
    const state = new Map(work.whole ? wholes.get(roomNid) : changes.get(roomNid));
    if (lazy && work.whole) {
      for (const [key, row] of state) {
        if (row.type === 'm.room.member' && !isNeeded.has(row.stateKey as string)) state.delete(key);
      }
      for (const [key, row] of changes.get(roomNid) ?? []) state.set(key, row);
    }
    let rows = [...state.values(), ...(members.get(roomNid) ?? [])];
    const shown = new Set(useStateAfter ? [] : timeline.shown.map(({ row }) => row.eventNid));
    rows = rows.filter((row) => wanted.matches(row) && !shown.has(row.eventNid));
    states.set(roomNid, rows);
    if (lazy) ctx.sync.lazyMembers.tell(scope, roomNid, [...rows, ...timeline.shown.map(({ row }) => row)]);
  }
  return states;
}

/** State that has changed for readers who know the room, by room: the last event of each key. */
export async function stateChanges(
  ctx: Context,
  scope: SyncScope,
  slices: Slice[],
): Promise<Map<number, Map<string, EventRow>>> {
  const { useStateAfter } = scope.request;
  const gaps = slices.filter(({ timeline }) => !timeline.whole);
  const found = await getStateChanges(
    ctx.db,
    gaps.map(({ work, timeline }) => ({
      roomNid: work.room.roomNid,
      from: work.from,
      to: useStateAfter ? work.to : timeline.start,
    })),
  );
  const changes = new Map<number, Map<string, EventRow>>();
  const note = (row: EventRow) => {
    const state = changes.get(row.roomNid) ?? new Map<string, EventRow>();
    changes.set(row.roomNid, state.set(stateKeyOf(row), row));
  };
  for (const row of found) note(row);
  for (const { timeline } of slices) {
    // After a gap `state_after` has everything already.
    const rows = useStateAfter ? (timeline.whole ? rowsOf(timeline) : []) : timeline.hidden;
    for (const row of rows) if (row.stateKey !== null) note(row);
  }
  return changes;
}
