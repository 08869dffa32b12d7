import type { DeviceRow } from '../../../storage/accounts/devices.ts';

/** A device as administrators see it. */
export function deviceAnswer(userId: string, device: DeviceRow) {
  return {
    device_id: device.deviceId,
    display_name: device.displayName,
    last_seen_ip: device.lastSeenIp,
    last_seen_user_agent: device.lastSeenUserAgent,
    last_seen_ts: device.lastSeenTs,
    user_id: userId,
  };
}
