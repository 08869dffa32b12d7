import type { Context } from '../../context.ts';
import { deviceListChanges } from '../../e2ee/device-list-changes.ts';
import { jsonArray, jsonObject } from '../../events/json-parts.ts';
import { leftSince, membershipAt } from '../sort-rooms.ts';
import type { SyncScope } from '../sync-request.ts';
import { keyCounts, readToDevice } from '../user-sections.ts';
import type { ExtensionResult } from './room-extensions.ts';
import type { SlidingRequest } from './sliding-request.ts';

/** Messages for the device. `since` acknowledges what came before it; without one everything that waits is given. */
export async function toDeviceExtension(
  ctx: Context,
  request: SlidingRequest,
  scope: SyncScope,
): Promise<ExtensionResult> {
  const { userId, deviceId, extensions } = request;
  if (!extensions.toDevice || deviceId === null) return { text: undefined, news: false };
  const { since, limit } = extensions.toDevice;
  const range = { from: since ?? 0, to: scope.now.toDevice, limit };
  const { events, position } = await readToDevice(ctx, { userId, deviceId }, range, since !== undefined);
  const nextBatch = String(Math.max(position, since ?? 0));
  return { text: `{"next_batch":"${nextBatch}","events":${jsonArray(events)}}`, news: events.length > 0 };
}

/** Key counts of the device, and whose devices have changed since the last answer. */
export async function e2eeExtension(ctx: Context, request: SlidingRequest, scope: SyncScope): Promise<ExtensionResult> {
  if (!request.extensions.e2ee || request.deviceId === null) return { text: undefined, news: false };
  const [counts, changes] = await Promise.all([keyCounts(ctx, scope), deviceLists(ctx, scope)]);
  const news = changes !== undefined && changes.changed.length + changes.left.length > 0;
  return { text: jsonObject({ device_lists: news ? JSON.stringify(changes) : undefined, ...counts }), news };
}

async function deviceLists(ctx: Context, scope: SyncScope) {
  const { request, since, now } = scope;
  if (!request.since) return undefined;
  const newlyJoined: number[] = [];
  const newlyLeft: number[] = [];
  for (const room of scope.rooms.values()) {
    const membership = membershipAt(room, now.events);
    if (membership === 'join' && (room.joinedAt ?? 0) > since.events) newlyJoined.push(room.roomNid);
    else if (membership !== 'join' && leftSince(room, since.events)) newlyLeft.push(room.roomNid);
  }
  return deviceListChanges(ctx, request.userId, {
    from: since.deviceLists,
    to: now.deviceLists,
    eventsFrom: since.events,
    eventsTo: now.events,
    newlyJoined,
    newlyLeft,
  });
}
