import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import { getCurrentState, getStateOfGroups, getStateStepsAfter } from '../../storage/sync/state.ts';
import type { Context } from '../context.ts';
import { stateGroupAfter } from '../timeline/lazy-members.ts';
import type { Timeline } from './load-timelines.ts';
import type { RoomWork } from './sort-rooms.ts';
import type { SyncScope } from './sync-request.ts';

/** A room and its timeline. */
export interface Slice {
  work: RoomWork;
  timeline: Timeline;
}

/** Keys are `type\0state key`. */
type State = Map<string, EventRow>;

/** `type\0state key`. */
export function stateKeyOf(row: { type: string; stateKey: string | null }): string {
  return `${row.type}\0${row.stateKey}`;
}

/**
 * The whole state of rooms, by room: where the timeline starts, or (`state_after`) where it ends. What the timeline hides
 * is part of it in either case.
 *
 * @param members of the rooms that the reader is in: user ids whose member events are needed; null for all. More may be
 *   in the answer.
 */
export async function wholeStates(
  ctx: Context,
  scope: SyncScope,
  slices: Slice[],
  members: string[] | null,
): Promise<Map<number, State>> {
  const [joined, left] = await Promise.all([
    currentStates(
      ctx,
      scope,
      slices.filter((slice) => slice.work.joined),
      members,
    ),
    departedStates(
      ctx,
      scope,
      slices.filter((slice) => !slice.work.joined),
    ),
  ]);
  const pool = new Map<number, EventRow>();
  for (const row of joined.rows) pool.set(row.eventNid, row);
  for (const { timeline } of slices) for (const row of rowsOf(timeline)) pool.set(row.eventNid, row);
  const states = [...joined.states, ...left];
  const missing = new Set<number>();
  for (const [, state] of states) for (const nid of state.values()) if (!pool.has(nid)) missing.add(nid);
  for (const row of await getEventsByNid(ctx.db, [...missing])) pool.set(row.eventNid, row);
  return new Map(
    states.map(([slice, state]) => {
      const rows: State = new Map();
      for (const [key, nid] of state) {
        const row = pool.get(nid);
        if (row) rows.set(key, row);
      }
      return [slice.work.room.roomNid, rows];
    }),
  );
}

/** Everything that the timeline looked at, oldest first. */
export function rowsOf(timeline: Timeline): EventRow[] {
  const rows = [...timeline.hidden, ...timeline.shown.map(({ row }) => row)];
  return timeline.hidden.length === 0 ? rows : rows.sort((a, b) => (a.position as number) - (b.position as number));
}

/** The current state, with what came after taken back, so that it costs no walk through state groups. */
async function currentStates(ctx: Context, scope: SyncScope, slices: Slice[], members: string[] | null) {
  const end = scope.now.events;
  const rows = await getCurrentState(
    ctx.db,
    slices.map((slice) => slice.work.room.roomNid),
    members,
  );
  const ahead = new Set(rows.filter((row) => row.head > end).map((row) => row.roomNid));
  const later = Map.groupBy(await getStateStepsAfter(ctx.db, [...ahead], end), (step) => step.roomNid);
  const byRoom = Map.groupBy(rows, (row) => row.roomNid);
  const states = slices.map(({ work, timeline }): [Slice, Map<string, number>] => {
    const { roomNid } = work.room;
    const state = new Map((byRoom.get(roomNid) ?? []).map((row) => [stateKeyOf(row), row.eventNid]));
    for (const step of later.get(roomNid) ?? []) takeBack(state, step);
    if (!scope.request.useStateAfter) {
      for (const row of rowsOf(timeline).reverse()) takeBack(state, row);
      addHidden(state, timeline);
    }
    return [{ work, timeline }, state];
  });
  return { rows, states };
}

/** The state as it was when the reader left: later changes are not theirs. */
async function departedStates(
  ctx: Context,
  scope: SyncScope,
  slices: Slice[],
): Promise<[Slice, Map<string, number>][]> {
  if (slices.length === 0) return [];
  const departures = new Map(
    (
      await getEventsByNid(
        ctx.db,
        slices.map(({ work }) => work.room.leftNid as number),
      )
    ).map((row) => [row.eventNid, row]),
  );
  const groups = slices.map(({ work, timeline }) => {
    const first = scope.request.useStateAfter ? undefined : rowsOf(timeline)[0];
    const departure = departures.get(work.room.leftNid as number);
    return (first ? first.stateGroup : departure && stateGroupAfter(departure)) ?? 0;
  });
  const states = await getStateOfGroups(ctx.db, groups);
  return slices.map((slice, i) => {
    const state = new Map(states.get(groups[i] as number));
    if (!scope.request.useStateAfter) addHidden(state, slice.timeline);
    return [slice, state];
  });
}

function takeBack(
  state: Map<string, number>,
  step: { type: string; stateKey: string | null; replacesNid: number | null },
): void {
  if (step.stateKey === null) return;
  if (step.replacesNid === null) state.delete(stateKeyOf(step));
  else state.set(stateKeyOf(step), step.replacesNid);
}

/** What the timeline leaves out is told as state, or the client would never hear of it. */
function addHidden(state: Map<string, number>, timeline: Timeline): void {
  for (const row of timeline.hidden) if (row.stateKey !== null) state.set(stateKeyOf(row), row.eventNid);
}
