import type { EventRow } from '../../../storage/events/event-row.ts';
import { getMemberEvents } from '../../../storage/sync/members.ts';
import { getWantedState } from '../../../storage/sync/required-state.ts';
import type { Context } from '../../context.ts';
import type { Timeline } from '../load-timelines.ts';
import { stateChanges } from '../room-states.ts';
import type { SyncScope } from '../sync-request.ts';
import { wholeStates } from '../whole-states.ts';
import type { RequiredState } from './required-state.ts';
import type { RoomTask } from './room-tasks.ts';

const MEMBER = 'm.room.member';

/** What is told of a room's state. */
export interface TaskState {
  /** For `required_state`. */
  events: EventRow[];
  /** Everything that has changed since the client was told of the room, wanted or not. */
  changes: EventRow[];
  /** Of a room that was left, the whole state at that time. */
  departed: EventRow[];
  /** Members who were told because the timeline needs them. */
  lazyMembers: string[];
}

/**
 * The state of rooms that is new to the client: all that is wanted, or what of it has changed up to the end of the
 * timeline. An event that came while the answer was made may be among it; the next answer tells it again.
 */
export async function taskStates(
  ctx: Context,
  scope: SyncScope,
  tasks: RoomTask[],
  timelines: ReadonlyMap<RoomTask, Timeline>,
): Promise<Map<RoomTask, TaskState>> {
  const slices = new Map(tasks.map((task) => [task, { work: task.work, timeline: deltaOf(task, timelines) }]));
  const slicesOf = (some: RoomTask[]) =>
    some.map((task) => slices.get(task) as { work: RoomTask['work']; timeline: Timeline });
  const [current, added, departed, changed] = await Promise.all([
    wantedState(
      ctx,
      tasks.filter((task) => task.initial && task.work.joined),
    ),
    wantedState(
      ctx,
      tasks.filter((task) => task.reconfigured && task.work.joined),
    ),
    wholeStates(ctx, scope, slicesOf(tasks.filter((task) => task.initial && !task.work.joined)), null),
    stateChanges(ctx, scope, slicesOf(tasks.filter((task) => !task.initial))),
  ]);
  const states = new Map<RoomTask, TaskState>();
  for (const task of tasks) {
    const { roomNid } = task.work.room;
    const { required } = task.relevant.config;
    const changes = [...(changed.get(roomNid)?.values() ?? [])];
    const whole = [...(departed.get(roomNid)?.values() ?? [])];
    const extra = (added.get(roomNid) ?? []).filter((row) => !task.sent || !matches(task.sent.required, row));
    const found = [...(current.get(roomNid) ?? []), ...whole, ...changes, ...extra].filter((row) =>
      matches(required, row),
    );
    states.set(task, {
      events: [...new Map(found.map((row) => [row.eventNid, row])).values()],
      changes,
      departed: whole,
      lazyMembers: [],
    });
  }
  await addLazyMembers(ctx, timelines, states);
  return states;
}

/** With more of the past in the timeline, what has changed is not to be seen from it. */
function deltaOf(task: RoomTask, timelines: ReadonlyMap<RoomTask, Timeline>): Timeline {
  const timeline = timelines.get(task) as Timeline;
  return task.expanded ? { ...timeline, whole: false } : timeline;
}

async function wantedState(ctx: Context, tasks: RoomTask[]): Promise<Map<number, EventRow[]>> {
  const groups = Map.groupBy(tasks, (task) => task.relevant.config.required.text);
  const found = await Promise.all(
    [...groups.values()].map((group) =>
      getWantedState(
        ctx.db,
        group.map((task) => task.work.room.roomNid),
        (group[0] as RoomTask).relevant.config.required.wanted,
      ),
    ),
  );
  return Map.groupBy(found.flat(), (row) => row.roomNid);
}

/** Adds the members whom timelines show and whom the client was not told of (MSC4186, lazy loaded memberships). */
async function addLazyMembers(
  ctx: Context,
  timelines: ReadonlyMap<RoomTask, Timeline>,
  states: ReadonlyMap<RoomTask, TaskState>,
): Promise<void> {
  const missing: [number, string][] = [];
  const taskOf = new Map<number, RoomTask>();
  for (const [task, state] of states) {
    if (!task.relevant.config.required.lazy || !task.work.joined) continue;
    taskOf.set(task.work.room.roomNid, task);
    const told = new Set(state.events.filter((row) => row.type === MEMBER).map((row) => row.stateKey));
    const changed = new Map(
      state.changes.filter((row) => row.type === MEMBER).map((row) => [row.stateKey as string, row]),
    );
    const timeline = timelines.get(task) as Timeline;
    const needed = new Set(timeline.shown.map(({ row }) => row.sender));
    for (const { row } of timeline.shown) if (row.type === MEMBER && row.stateKey !== null) needed.add(row.stateKey);
    // Without a gap clients hear of every change, and can rely on the members that they know.
    if (timeline.whole && !task.initial) for (const userId of changed.keys()) needed.add(userId);
    for (const userId of needed) {
      if (told.has(userId)) continue;
      const change = changed.get(userId);
      if (change) state.events.push(change);
      else if (!task.sent?.members.has(userId)) missing.push([task.work.room.roomNid, userId]);
      else continue;
      state.lazyMembers.push(userId);
    }
  }
  for (const row of await getMemberEvents(ctx.db, missing)) {
    const task = taskOf.get(row.roomNid);
    if (task) states.get(task)?.events.push(row);
  }
}

function matches(required: RequiredState, row: EventRow): boolean {
  return row.stateKey !== null && required.matches(row.type, row.stateKey);
}
