import { z } from 'zod';
import { lookUpProfile } from '../../../domain/profiles/look-up-profile.ts';
import { invalidParam, notFound } from '../../../spec/errors.ts';
import { isUserId, serverNameOf } from '../../../spec/ids.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The profile of a user of this server, or one field of it (server-server API, `GET /query/profile`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/query/profile',
  auth: 'federation',
  query: z.looseObject({ user_id: z.string(), field: z.string().optional() }),
  async handle(ctx, { query: { user_id: userId, field } }) {
    if (!isUserId(userId)) throw invalidParam('user_id is not a user id.');
    if (serverNameOf(userId) !== ctx.serverName) throw notFound('The user is not of this server.');
    const profile = await lookUpProfile(ctx, userId);
    if (field === undefined) return profile;
    return Object.hasOwn(profile, field) ? { [field]: profile[field] } : {};
  },
});
