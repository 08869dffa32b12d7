import type { Endpoint } from '../../http/endpoint.ts';
import changePassword from './change-password.ts';
import deactivateAccount from './deactivate-account.ts';
import getThreepids from './get-threepids.ts';
import whoami from './whoami.ts';

/** The requester's own account. */
export const endpoints: Endpoint[] = [changePassword, deactivateAccount, getThreepids, whoami];
