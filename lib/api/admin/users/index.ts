import type { Endpoint } from '../../http/endpoint.ts';
import allowKeyReplacement from './allow-key-replacement.ts';
import deactivateUser from './deactivate-user.ts';
import deleteRateLimit from './delete-rate-limit.ts';
import findByExternalId from './find-by-external-id.ts';
import findByThreepid from './find-by-threepid.ts';
import getAccountData from './get-account-data.ts';
import getAdmin from './get-admin.ts';
import getFeatures from './get-features.ts';
import getPushers from './get-pushers.ts';
import getRateLimit from './get-rate-limit.ts';
import getRedaction from './get-redaction.ts';
import getUser from './get-user.ts';
import joinedRoomCount from './joined-room-count.ts';
import joinedRooms from './joined-rooms.ts';
import liftShadowBan from './lift-shadow-ban.ts';
import listUsers from './list-users.ts';
import listUsersV3 from './list-users-v3.ts';
import loginAsUser from './login-as-user.ts';
import memberships from './memberships.ts';
import putAdmin from './put-admin.ts';
import putUser from './put-user.ts';
import redactUser from './redact-user.ts';
import resetPassword from './reset-password.ts';
import searchUsers from './search-users.ts';
import sentInviteCount from './sent-invite-count.ts';
import setFeatures from './set-features.ts';
import setRateLimit from './set-rate-limit.ts';
import setValidity from './set-validity.ts';
import shadowBan from './shadow-ban.ts';
import suspendUser from './suspend-user.ts';
import usernameAvailable from './username-available.ts';
import whois from './whois.ts';

export const endpoints: Endpoint[] = [
  allowKeyReplacement,
  deactivateUser,
  deleteRateLimit,
  findByExternalId,
  findByThreepid,
  getAccountData,
  getAdmin,
  getFeatures,
  getPushers,
  getRateLimit,
  getRedaction,
  getUser,
  joinedRoomCount,
  joinedRooms,
  liftShadowBan,
  listUsers,
  listUsersV3,
  loginAsUser,
  memberships,
  putAdmin,
  putUser,
  redactUser,
  resetPassword,
  searchUsers,
  sentInviteCount,
  setFeatures,
  setRateLimit,
  setValidity,
  shadowBan,
  suspendUser,
  usernameAvailable,
  whois,
];
