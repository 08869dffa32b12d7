import type { Endpoint } from '../../http/endpoint.ts';
import deactivateUser from './deactivate-user.ts';
import deleteRateLimit from './delete-rate-limit.ts';
import getAdmin from './get-admin.ts';
import getRateLimit from './get-rate-limit.ts';
import getUser from './get-user.ts';
import joinedRooms from './joined-rooms.ts';
import listUsers from './list-users.ts';
import loginAsUser from './login-as-user.ts';
import memberships from './memberships.ts';
import putAdmin from './put-admin.ts';
import putUser from './put-user.ts';
import resetPassword from './reset-password.ts';
import setRateLimit from './set-rate-limit.ts';
import suspendUser from './suspend-user.ts';
import usernameAvailable from './username-available.ts';
import whois from './whois.ts';

export const endpoints: Endpoint[] = [
  deactivateUser,
  deleteRateLimit,
  getAdmin,
  getRateLimit,
  getUser,
  joinedRooms,
  listUsers,
  loginAsUser,
  memberships,
  putAdmin,
  putUser,
  resetPassword,
  setRateLimit,
  suspendUser,
  usernameAvailable,
  whois,
];
