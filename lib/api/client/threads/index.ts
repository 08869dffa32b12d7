import type { Endpoint } from '../../http/endpoint.ts';
import deleteThreadSubscription from './delete-thread-subscription.ts';
import getThreadSubscription from './get-thread-subscription.ts';
import listThreadSubscriptions from './list-thread-subscriptions.ts';
import setThreadSubscription from './set-thread-subscription.ts';

export const endpoints: Endpoint[] = [
  setThreadSubscription,
  getThreadSubscription,
  deleteThreadSubscription,
  listThreadSubscriptions,
];
