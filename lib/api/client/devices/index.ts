import type { Endpoint } from '../../http/endpoint.ts';
import deleteDevice from './delete-device.ts';
import deleteDevices from './delete-devices.ts';
import getDevice from './get-device.ts';
import getDevices from './get-devices.ts';
import updateDevice from './update-device.ts';

/** Device management. */
export const endpoints: Endpoint[] = [deleteDevice, deleteDevices, getDevice, getDevices, updateDevice];
