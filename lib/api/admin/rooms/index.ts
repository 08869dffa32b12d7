import type { Endpoint } from '../../http/endpoint.ts';
import deleteRoom from './delete-room.ts';
import getBlock from './get-block.ts';
import getMembers from './get-members.ts';
import getRoom from './get-room.ts';
import getState from './get-state.ts';
import listRooms from './list-rooms.ts';
import setBlock from './set-block.ts';

export const endpoints: Endpoint[] = [deleteRoom, getBlock, getMembers, getRoom, getState, listRooms, setBlock];
