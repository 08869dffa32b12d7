import type { Endpoint } from '../../http/endpoint.ts';
import createBackup from './create-backup.ts';
import deleteBackup from './delete-backup.ts';
import deleteKey from './delete-key.ts';
import deleteKeys from './delete-keys.ts';
import deleteRoomKeys from './delete-room-keys.ts';
import getBackup from './get-backup.ts';
import getKey from './get-key.ts';
import getKeys from './get-keys.ts';
import getRoomKeys from './get-room-keys.ts';
import putKey from './put-key.ts';
import putKeys from './put-keys.ts';
import putRoomKeys from './put-room-keys.ts';
import updateBackup from './update-backup.ts';

export const endpoints: Endpoint[] = [
  createBackup,
  getBackup,
  updateBackup,
  deleteBackup,
  putKeys,
  putRoomKeys,
  putKey,
  getKeys,
  getRoomKeys,
  getKey,
  deleteKeys,
  deleteRoomKeys,
  deleteKey,
];
