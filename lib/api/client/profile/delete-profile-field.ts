import { deleteProfileField } from '../../../domain/profiles/change-profile.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { checkMayChange } from './may-change.ts';
import { propagateQuery, propagates } from './propagate-query.ts';

/** Removes one field of a profile; one that isn't there is no error. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_matrix/client/v3/profile/{userId}/{keyName}',
  aliases: ['/_matrix/client/unstable/uk.tcpip.msc4133/profile/{userId}/{keyName}'],
  auth: 'guest',
  // Each room that the user is in gets an event.
  rateLimit: 'message',
  allowSuspended: false,
  query: propagateQuery,
  async handle(ctx, { requester, params, query }) {
    const { userId, keyName } = params as { userId: string; keyName: string };
    await checkMayChange(ctx, requester, userId, keyName);
    await deleteProfileField(ctx, userId, keyName, { propagate: propagates(query) });
    return {};
  },
});
