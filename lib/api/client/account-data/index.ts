import type { Endpoint } from '../../http/endpoint.ts';
import getAccountData from './get-account-data.ts';
import getRoomAccountData from './get-room-account-data.ts';
import setAccountData from './set-account-data.ts';
import setRoomAccountData from './set-room-account-data.ts';

export const endpoints: Endpoint[] = [setAccountData, getAccountData, setRoomAccountData, getRoomAccountData];
