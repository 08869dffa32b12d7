import { z } from 'zod';
import { impersonate } from '../../../domain/admin/impersonate.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { unknown } from '../../../spec/errors.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** A token with which an administrator acts as a user; it has no device, and the user doesn't see it. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/users/{userId}/login',
  auth: 'admin',
  bodyOptional: true,
  body: z.object({ valid_until_ms: z.int().min(0).nullish() }),
  async handle(ctx, { params, body, requester }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    if (userId === requester.userId) throw unknown('You are logged in already.');
    return { access_token: await impersonate(ctx, userId, body.valid_until_ms ?? null) };
  },
});
