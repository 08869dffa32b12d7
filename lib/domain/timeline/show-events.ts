import type { Context } from '../context.ts';
import { bundleAggregations } from '../events/aggregations.ts';
import { clientEventJson, type Viewer } from '../events/client-event.ts';
import type { VisibleEvent } from './visibility.ts';

/** For whom something is written out now. */
export function viewerOf(ctx: Context, requester: { userId: string; deviceId: string | null }): Viewer {
  return { userId: requester.userId, deviceId: requester.deviceId, now: ctx.clock.now() };
}

/** Loads the aggregations of all the events at once. Returns the function that gives an event's JSON text. */
export async function eventWriter(
  ctx: Context,
  viewer: Viewer,
  events: VisibleEvent[],
): Promise<(event: VisibleEvent) => string> {
  const relations = await bundleAggregations(
    ctx,
    viewer.userId,
    events.map(({ row }) => row),
  );
  return ({ row, membership }) => clientEventJson(row, viewer, { membership, relations: relations.get(row.eventNid) });
}
