import type { Endpoint } from '../../http/endpoint.ts';
import deleteAccountData from './delete-account-data.ts';
import deleteRoomAccountData from './delete-room-account-data.ts';
import getAccountData from './get-account-data.ts';
import getRoomAccountData from './get-room-account-data.ts';
import setAccountData from './set-account-data.ts';
import setRoomAccountData from './set-room-account-data.ts';

export const endpoints: Endpoint[] = [
  deleteAccountData,
  deleteRoomAccountData,
  setAccountData,
  getAccountData,
  setRoomAccountData,
  getRoomAccountData,
];
