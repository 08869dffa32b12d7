import { deleteToDeviceMessages, getToDeviceMessages } from '../../storage/to-device/to-device.ts';
import type { Context } from '../context.ts';
import { deviceListChanges } from '../e2ee/device-list-changes.ts';
import { jsonArray } from '../events/json-parts.ts';
import { presenceEvents } from '../presence/presence-events.ts';
import { pushRulesContent } from '../push/push-rules.ts';
import type { RoomsSection } from './rooms-section.ts';
import { accountDataWanted, presenceWanted } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

const TO_DEVICE_PAGE = 100;

/** The members of a sync answer that belong to the user and the device rather than to rooms. */
export interface UserSections {
  members: Record<string, string | undefined>;
  /** Nothing in it is a reason to answer before the time is up. */
  empty: boolean;
  /** How far the to-device messages reach. */
  toDevicePosition: number;
}

/**
 * Builds everything that a sync says apart from rooms.
 * @param globalData new global account data as JSON texts of events.
 */
export async function userSections(
  ctx: Context,
  scope: SyncScope,
  rooms: RoomsSection,
  globalData: string[],
): Promise<UserSections> {
  const { request, since, now } = scope;
  const [pushRules, toDevice, deviceLists, keys, presence] = await Promise.all([
    pushRulesEvent(ctx, scope),
    toDeviceEvents(ctx, scope),
    request.since
      ? deviceListChanges(ctx, request.userId, {
          from: since.deviceLists,
          to: now.deviceLists,
          eventsFrom: since.events,
          eventsTo: now.events,
          newlyJoined: rooms.newlyJoined,
          newlyLeft: rooms.newlyLeft,
        })
      : undefined,
    keyCounts(ctx, scope),
    presenceWanted(request.filter) ? presenceEvents(ctx, scope, rooms.newlyJoined) : [],
  ]);
  const accountData = [...globalData, ...pushRules];
  const changed = deviceLists && (deviceLists.changed.length > 0 || deviceLists.left.length > 0);
  return {
    members: {
      account_data: accountData.length > 0 ? `{"events":${jsonArray(accountData)}}` : undefined,
      presence: presence.length > 0 ? `{"events":${jsonArray(presence)}}` : undefined,
      to_device: toDevice.events.length > 0 ? `{"events":${jsonArray(toDevice.events)}}` : undefined,
      device_lists: changed ? JSON.stringify(deviceLists) : undefined,
      ...keys,
    },
    empty: accountData.length === 0 && presence.length === 0 && toDevice.events.length === 0 && !changed,
    toDevicePosition: toDevice.position,
  };
}

/** The `m.push_rules` event, where the rules have changed. */
export async function pushRulesEvent(ctx: Context, scope: SyncScope): Promise<string[]> {
  const { request, since } = scope;
  if (!accountDataWanted(request.filter, 'm.push_rules')) return [];
  if (request.since && !ctx.sync.changes.pushRules.mayHaveChanged(request.userId, since.pushRules)) return [];
  const content = await pushRulesContent(ctx, request.userId, request.since ? since.pushRules : undefined);
  return content ? [JSON.stringify({ type: 'm.push_rules', content })] : [];
}

async function toDeviceEvents(ctx: Context, scope: SyncScope): Promise<{ events: string[]; position: number }> {
  const { request, since, now } = scope;
  const { userId, deviceId } = request;
  if (deviceId === null) return { events: [], position: now.toDevice };
  const range = { from: since.toDevice, to: now.toDevice, limit: TO_DEVICE_PAGE };
  return readToDevice(ctx, { userId, deviceId }, range, request.since !== undefined);
}

/**
 * Messages that wait for a device, as JSON texts of events, and how far they reach.
 * @param acknowledges the device shows with `from` that it has got what came before, which is deleted.
 */
export async function readToDevice(
  ctx: Context,
  { userId, deviceId }: { userId: string; deviceId: string },
  range: { from: number; to: number; limit: number },
  acknowledges: boolean,
): Promise<{ events: string[]; position: number }> {
  const key = `${userId} ${deviceId}`;
  const acks = ctx.sync.toDeviceAcks;
  const index = ctx.sync.changes.toDevice;
  const acked = Math.min(range.from, range.to);
  if (acknowledges && acks.isDue(key, acked, index)) {
    await deleteToDeviceMessages(ctx.db, userId, deviceId, acked);
    acks.deleted(key, acked);
  }
  if (!index.mayHaveChanged(key, range.from)) return { events: [], position: range.to };
  const rows = await getToDeviceMessages(ctx.db, userId, deviceId, range);
  const last = rows.at(-1);
  if (last) acks.given(key, last.position);
  return {
    events: rows.map((row) => row.json),
    position: rows.length === range.limit && last ? last.position : range.to,
  };
}

/** How many keys the device has left, as members of an answer. */
export async function keyCounts(ctx: Context, scope: Pick<SyncScope, 'request'>): Promise<Record<string, string>> {
  const { userId, deviceId } = scope.request;
  if (deviceId === null) return {};
  const { oneTime, unusedFallback } = await ctx.sync.keyCounts.of(userId, deviceId);
  // Clients expect the count of this algorithm to be there even when it is zero.
  const text = JSON.stringify({ signed_curve25519: 0, ...oneTime });
  const types = JSON.stringify(unusedFallback);
  return {
    device_one_time_keys_count: text,
    device_unused_fallback_key_types: types,
    'org.matrix.msc2732.device_unused_fallback_key_types': types,
  };
}
