import type { Endpoint } from '../http/endpoint.ts';
import claimKeys from './e2ee/claim-keys.ts';
import getUserDevices from './e2ee/get-user-devices.ts';
import queryKeys from './e2ee/query-keys.ts';
import backfill from './events/backfill.ts';
import getEvent from './events/get-event.ts';
import getEventAuth from './events/get-event-auth.ts';
import getEventByTime from './events/get-event-by-time.ts';
import getMissingEvents from './events/get-missing-events.ts';
import getState from './events/get-state.ts';
import getStateIds from './events/get-state-ids.ts';
import makeJoin from './handshakes/make-join.ts';
import makeKnock from './handshakes/make-knock.ts';
import makeLeave from './handshakes/make-leave.ts';
import { receiveInvites } from './handshakes/receive-invite.ts';
import { sendJoin } from './handshakes/send-join.ts';
import sendKnock from './handshakes/send-knock.ts';
import { sendLeave } from './handshakes/send-leave.ts';
import getUserInfo from './openid/get-user-info.ts';
import getHierarchy from './queries/get-hierarchy.ts';
import { publicRooms } from './queries/public-rooms.ts';
import queryDirectory from './queries/query-directory.ts';
import queryOther from './queries/query-other.ts';
import queryProfile from './queries/query-profile.ts';
import getServerKeys from './server/get-server-keys.ts';
import getVersion from './server/get-version.ts';
import { queryServerKeys } from './server/query-server-keys.ts';
import exchangeInvite from './threepids/exchange-invite.ts';
import { onBind } from './threepids/on-bind.ts';
import send from './transactions/send.ts';

/** The endpoints of the server-server API. */
export const endpoints: Endpoint[] = [
  getUserInfo,
  getServerKeys,
  ...queryServerKeys,
  getVersion,
  ...onBind,
  exchangeInvite,
  getEvent,
  getState,
  getStateIds,
  getEventAuth,
  backfill,
  getMissingEvents,
  getEventByTime,
  makeJoin,
  ...sendJoin,
  makeKnock,
  sendKnock,
  makeLeave,
  ...sendLeave,
  ...receiveInvites,
  send,
  queryDirectory,
  queryProfile,
  queryOther,
  ...publicRooms,
  getHierarchy,
  getUserDevices,
  queryKeys,
  claimKeys,
];
