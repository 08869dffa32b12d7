import type { Queryable } from '../../storage/database.ts';
import { deleteDeviceKeys } from '../../storage/e2ee/device-keys.ts';
import { deleteDevicePushers } from '../../storage/pushers/pushers.ts';
import { deleteDeviceConnections } from '../../storage/sync/sliding-connections.ts';
import { deleteDeviceMessages } from '../../storage/to-device/delete-device-messages.ts';

/** Removes what a module keeps of devices that are deleted, in the transaction that deletes them. */
export type DeviceCleanup = (tx: Queryable, userId: string, deviceIds: string[]) => Promise<void>;

/** Modules that keep something for each device add their storage function here: keys, messages, pushers. */
export const deviceCleanups: DeviceCleanup[] = [
  deleteDeviceMessages,
  deleteDeviceKeys,
  deleteDevicePushers,
  deleteDeviceConnections,
];
