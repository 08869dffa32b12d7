import type { Endpoint } from '../../http/endpoint.ts';
import banUser from './ban-user.ts';
import forgetRoom from './forget-room.ts';
import inviteUser from './invite-user.ts';
import joinRoom from './join-room.ts';
import joinRoomOrAlias from './join-room-or-alias.ts';
import kickUser from './kick-user.ts';
import knockOnRoom from './knock-on-room.ts';
import leaveRoom from './leave-room.ts';
import unbanUser from './unban-user.ts';

/** Room membership. */
export const endpoints: Endpoint[] = [
  joinRoom,
  joinRoomOrAlias,
  knockOnRoom,
  inviteUser,
  leaveRoom,
  forgetRoom,
  kickUser,
  banUser,
  unbanUser,
];
