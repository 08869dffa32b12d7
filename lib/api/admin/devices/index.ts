import type { Endpoint } from '../../http/endpoint.ts';
import createDevice from './create-device.ts';
import deleteDevice from './delete-device.ts';
import deleteDevices from './delete-devices.ts';
import getDevice from './get-device.ts';
import getDevices from './get-devices.ts';
import renameDevice from './rename-device.ts';

/** Devices of users, for administrators. */
export const endpoints: Endpoint[] = [createDevice, deleteDevice, deleteDevices, getDevice, getDevices, renameDevice];
