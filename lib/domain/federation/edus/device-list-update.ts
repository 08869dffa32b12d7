import type { JsonObject } from '../../../spec/json.ts';
import {
  deleteRemoteDevice,
  getUsersInSharedRooms,
  lockRemoteDeviceList,
  markListStale,
  putRemoteDevices,
  putSeenUpdates,
} from '../../../storage/federation/remote-devices.ts';
import type { Context } from '../../context.ts';
import { FederationError } from '../federation-error.ts';
import { fetchDeviceList } from '../remote-devices/fetch-device-list.ts';
import { readRemoteDevice } from '../remote-devices/read-device.ts';
import { userOfOrigin } from './user-of-origin.ts';

const FETCH_MS = 10_000;
const MOST_SEEN = 200;

interface Update {
  userId: string;
  streamId: number;
  previous: number[];
  content: JsonObject;
}

/**
 * `m.device_list_update`: a device of another server's user changed (server-server API, device management). Where an
 * update was missed, or no list is kept yet, the whole list is fetched. Those who share a room are told.
 */
export async function receiveDeviceListUpdate(ctx: Context, origin: string, content: JsonObject): Promise<void> {
  const userId = userOfOrigin(origin, content['user_id']);
  const { stream_id: streamId, prev_id: previous = [] } = content;
  if (userId === undefined || !Number.isSafeInteger(streamId)) return;
  const ids = Array.isArray(previous) ? previous.filter((id) => Number.isSafeInteger(id)) : [];
  // Of somebody with whom no room is shared nothing is kept.
  if (!(await getUsersInSharedRooms(ctx.db, [userId])).has(userId)) return;
  const update: Update = { userId, streamId: streamId as number, previous: ids as number[], content };
  const outcome = await ctx.db.tx((tx) => apply(tx, update));
  if (outcome === 'known') return;
  if (outcome === 'missed' || outcome === 'no-list') await fetchAgain(ctx, userId);
  await ctx.writers.toDevice.deviceListChanged({ userId, deviceIds: [] });
}

/** Puts an update into the stored list, if it follows on what is there. */
async function apply(
  tx: Parameters<typeof lockRemoteDeviceList>[0],
  { userId, streamId, previous, content }: Update,
): Promise<'applied' | 'known' | 'missed' | 'no-list'> {
  const list = await lockRemoteDeviceList(tx, userId);
  if (!list) return 'no-list';
  if (list.stale) return 'missed';
  const isKnown = (id: number) => id <= list.streamId || list.seen.includes(id);
  if (list.seen.includes(streamId)) return 'known';
  if (streamId <= list.streamId) return 'known';
  if (!previous.every(isKnown) || (previous.length === 0 && list.seen.length > 0)) {
    await markListStale(tx, userId);
    return 'missed';
  }
  const { device_id: deviceId, keys, device_display_name: displayName } = content;
  const device = readRemoteDevice(userId, { deviceId, keys, displayName });
  if (!device) return 'known';
  if (content['deleted'] === true) await deleteRemoteDevice(tx, userId, device.deviceId);
  else await putRemoteDevices(tx, [device]);
  await putSeenUpdates(tx, userId, [...list.seen, streamId].slice(-MOST_SEEN));
  return 'applied';
}

/** A list that can't be fetched now is asked for when somebody wants to know. */
async function fetchAgain(ctx: Context, userId: string): Promise<void> {
  try {
    await fetchDeviceList(ctx, userId, FETCH_MS);
  } catch (error) {
    if (!(error instanceof FederationError)) throw error;
    ctx.log.info({ err: error, userId }, 'a device list could not be fetched anew');
  }
}
