import type { Endpoint } from '../../http/endpoint.ts';
import getContext from './get-context.ts';
import getEvent from './get-event.ts';
import getEventByTime from './get-event-by-time.ts';
import getHierarchy from './get-hierarchy.ts';
import getJoinedMembers from './get-joined-members.ts';
import getJoinedRooms from './get-joined-rooms.ts';
import getMembers from './get-members.ts';
import getMessages from './get-messages.ts';
import getMutualRooms from './get-mutual-rooms.ts';
import getNotifications from './get-notifications.ts';
import getRelations from './get-relations.ts';
import getRoomEvent from './get-room-event.ts';
import getRoomSummary from './get-room-summary.ts';
import getState from './get-state.ts';
import getStateEvent from './get-state-event.ts';
import getThreads from './get-threads.ts';
import roomInitialSync from './room-initial-sync.ts';

/** Reading rooms. */
export const endpoints: Endpoint[] = [
  getMessages,
  getContext,
  getRoomEvent,
  getEvent,
  getState,
  getStateEvent,
  getMembers,
  getJoinedMembers,
  getJoinedRooms,
  getEventByTime,
  getRelations,
  getThreads,
  getHierarchy,
  getRoomSummary,
  getMutualRooms,
  getNotifications,
  roomInitialSync,
];
