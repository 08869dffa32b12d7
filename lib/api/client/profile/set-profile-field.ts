import { setProfileField } from '../../../domain/profiles/change-profile.ts';
import { checkFieldName } from '../../../domain/profiles/profile-field.ts';
import { missingParam } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from '../rooms/json-object.ts';
import { checkMayChange } from './may-change.ts';
import { propagateQuery, propagates } from './propagate-query.ts';

const path = '/_matrix/client/v3/profile/{userId}/{keyName}';

/** Sets one field of a profile. */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: [...versions(path, 'r0'), '/_matrix/client/unstable/uk.tcpip.msc4133/profile/{userId}/{keyName}'],
  auth: 'guest',
  // Each room that the user is in gets an event.
  rateLimit: 'message',
  allowSuspended: false,
  query: propagateQuery,
  body: jsonObject,
  async handle(ctx, { requester, params, query, body }) {
    const { userId, keyName } = params as { userId: string; keyName: string };
    await checkMayChange(ctx, requester, userId, keyName);
    checkFieldName(keyName);
    const value = body[keyName];
    if (value === undefined || !Object.hasOwn(body, keyName)) throw missingParam(`The body has no ${keyName}.`);
    await setProfileField(ctx, userId, keyName, value, { propagate: propagates(query) });
    return {};
  },
});
