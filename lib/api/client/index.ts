import type { Endpoint } from '../http/endpoint.ts';
import { endpoints as account } from './account/index.ts';
import { endpoints as accountData } from './account-data/index.ts';
import { endpoints as admin } from './admin/index.ts';
import { endpoints as delayedEvents } from './delayed-events/index.ts';
import { endpoints as devices } from './devices/index.ts';
import { endpoints as directory } from './directory/index.ts';
import { endpoints as filter } from './filter/index.ts';
import { endpoints as membership } from './membership/index.ts';
import { endpoints as openid } from './openid/index.ts';
import { endpoints as presence } from './presence/index.ts';
import { endpoints as profile } from './profile/index.ts';
import { endpoints as pushRules } from './push-rules/index.ts';
import { endpoints as pushers } from './pushers/index.ts';
import { endpoints as receipts } from './receipts/index.ts';
import { endpoints as reports } from './reports/index.ts';
import { endpoints as roomReads } from './room-reads/index.ts';
import { endpoints as rooms } from './rooms/index.ts';
import { endpoints as rtc } from './rtc/index.ts';
import { endpoints as search } from './search/index.ts';
import { endpoints as server } from './server/index.ts';
import { endpoints as sync } from './sync/index.ts';
import { endpoints as tags } from './tags/index.ts';
import { endpoints as threads } from './threads/index.ts';
import { endpoints as threepids } from './threepids/index.ts';
import { endpoints as toDevice } from './to-device/index.ts';
import { endpoints as typing } from './typing/index.ts';
import { endpoints as userDirectory } from './user-directory/index.ts';

/** The endpoints of the client-server API, by spec module. */
export const endpoints: Endpoint[] = [
  ...account,
  ...reports,
  ...admin,
  ...delayedEvents,
  ...devices,
  ...server,
  ...directory,
  ...filter,
  ...membership,
  ...profile,
  ...rooms,
  ...roomReads,
  ...rtc,
  ...search,
  ...userDirectory,
  ...sync,
  ...accountData,
  ...openid,
  ...presence,
  ...pushers,
  ...pushRules,
  ...receipts,
  ...tags,
  ...threads,
  ...threepids,
  ...toDevice,
  ...typing,
];
