import type { Endpoint } from '../http/endpoint.ts';
import { endpoints as crossSigning } from './cross-signing/index.ts';
import { endpoints as dehydratedDevices } from './dehydrated-devices/index.ts';
import { endpoints as keyBackup } from './key-backup/index.ts';
import { endpoints as keys } from './keys/index.ts';

/** End-to-end encryption: keys of devices and users, backups of room keys. */
export const endpoints: Endpoint[] = [...keys, ...crossSigning, ...keyBackup, ...dehydratedDevices];
