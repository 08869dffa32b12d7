import type { Endpoint } from '../../http/endpoint.ts';
import deleteRoom from './delete-room.ts';
import deleteRoomV2 from './delete-room-v2.ts';
import fetchEvent from './fetch-event.ts';
import getBlock from './get-block.ts';
import getContext from './get-context.ts';
import getDeletion from './get-deletion.ts';
import getDeletions from './get-deletions.ts';
import getEventByTime from './get-event-by-time.ts';
import getForwardExtremities from './get-forward-extremities.ts';
import getHierarchy from './get-hierarchy.ts';
import getMembers from './get-members.ts';
import getMessages from './get-messages.ts';
import getPurge from './get-purge.ts';
import getRoom from './get-room.ts';
import getState from './get-state.ts';
import joinUser from './join-user.ts';
import listRooms from './list-rooms.ts';
import makeRoomAdmin from './make-room-admin.ts';
import mergeForwardExtremities from './merge-forward-extremities.ts';
import purgeHistory from './purge-history.ts';
import purgeHistoryToEvent from './purge-history-to-event.ts';
import setBlock from './set-block.ts';

export const endpoints: Endpoint[] = [
  deleteRoom,
  deleteRoomV2,
  fetchEvent,
  getBlock,
  getContext,
  getDeletion,
  getDeletions,
  getEventByTime,
  getForwardExtremities,
  getHierarchy,
  getMembers,
  getMessages,
  getPurge,
  getRoom,
  getState,
  joinUser,
  listRooms,
  makeRoomAdmin,
  mergeForwardExtremities,
  purgeHistory,
  purgeHistoryToEvent,
  setBlock,
];
