import { parseFilter } from '../../../spec/filters.ts';
import type { Context } from '../../context.ts';
import { loadTimelines, type Timeline } from '../load-timelines.ts';
import type { RoomWork } from '../sort-rooms.ts';
import { roomFilters } from '../sync-filter.ts';
import type { SyncRequest, SyncScope } from '../sync-request.ts';
import type { RoomTask } from './room-tasks.ts';
import type { SlidingRequest } from './sliding-request.ts';

/** The request as the readers of `/sync` see it, with one timeline limit for all rooms. */
export function asSyncRequest(request: SlidingRequest, timelineLimit = 0): SyncRequest {
  const { userId, deviceId, pos, timeoutMs, signal } = request;
  return {
    userId,
    deviceId,
    since: pos?.token,
    filter: parseFilter({ room: { timeline: { limit: timelineLimit } } }),
    fullState: false,
    useStateAfter: true,
    timeoutMs,
    signal,
  };
}

/** Timelines of rooms: what is new or, where more of the past is wanted, the newest events whenever they came. */
export async function taskTimelines(
  ctx: Context,
  request: SlidingRequest,
  scope: SyncScope,
  tasks: RoomTask[],
): Promise<Map<RoomTask, Timeline>> {
  const timelines = new Map<RoomTask, Timeline>();
  const byLimit = Map.groupBy(tasks, (task) => task.relevant.config.timelineLimit);
  await Promise.all(
    [...byLimit].map(async ([limit, group]) => {
      const limited = { ...scope, request: asSyncRequest(request, limit) };
      const wanted = roomFilters(limited.request.filter).timeline;
      const works = new Map(group.map((task) => [task, workOf(task)]));
      const loaded = await loadTimelines(ctx, limited, [...works.values()], wanted);
      for (const [task, work] of works) timelines.set(task, loaded.get(work) as Timeline);
    }),
  );
  return timelines;
}

function workOf(task: RoomTask): RoomWork {
  return task.expanded ? { ...task.work, from: 0, present: false } : task.work;
}
