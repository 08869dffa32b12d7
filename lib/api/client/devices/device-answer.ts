import type { DeviceRow } from '../../../storage/accounts/devices.ts';

/** A device as its user sees it; what is not known is absent. */
export function deviceAnswer(device: DeviceRow): Record<string, unknown> {
  return {
    device_id: device.deviceId,
    display_name: device.displayName ?? undefined,
    last_seen_ip: device.lastSeenIp ?? undefined,
    last_seen_ts: device.lastSeenTs ?? undefined,
  };
}
