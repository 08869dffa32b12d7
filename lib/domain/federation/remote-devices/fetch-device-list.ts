import { serverNameOf } from '../../../spec/ids.ts';
import { isJsonObject } from '../../../spec/json.ts';
import { replaceRemoteDevices } from '../../../storage/federation/remote-devices.ts';
import { getStreamPosition } from '../../../storage/streams/positions.ts';
import type { Context } from '../../context.ts';
import { FederationError } from '../federation-error.ts';
import { federationPath } from '../federation-path.ts';
import { readRemoteDevice } from './read-device.ts';
import { readSigningKeys, storeSigningKeys } from './remote-signing-keys.ts';

const MOST_BYTES = 16 * 1024 * 1024;
const MOST_DEVICES = 5_000;

/**
 * Fetches the whole device list of another server's user and stores it (server-server API, `GET /user/devices`).
 * @throws FederationError
 */
export async function fetchDeviceList(ctx: Context, userId: string, timeoutMs: number): Promise<void> {
  // Before it is asked for: what is shared from here on, their server knows of or will be told of.
  const eventsPosition = await getStreamPosition(ctx.db, 'events');
  const server = serverNameOf(userId) ?? '';
  const path = federationPath`/v1/user/devices/${userId}`;
  const answer = await ctx.federation.client.json(server, { path, timeoutMs, maxBytes: MOST_BYTES });
  const { user_id: named, stream_id: streamId, devices } = answer;
  if (named !== userId || !Number.isSafeInteger(streamId) || !Array.isArray(devices)) {
    throw new FederationError(server, `${server} sent a device list that is none`);
  }
  const read = devices.slice(0, MOST_DEVICES).flatMap((device) => {
    if (!isJsonObject(device)) return [];
    const { device_id: deviceId, keys, device_display_name: displayName } = device;
    return readRemoteDevice(userId, { deviceId, keys, displayName }) ?? [];
  });
  const list = { userId, streamId: streamId as number, eventsPosition };
  const unique = [...new Map(read.map((device) => [device.deviceId, device])).values()];
  const { master_key: master, self_signing_key: selfSigning } = answer;
  await ctx.db.tx(async (tx) => {
    await replaceRemoteDevices(tx, list, unique);
    await storeSigningKeys(tx, userId, readSigningKeys(userId, { master, selfSigning }), true);
  });
}
