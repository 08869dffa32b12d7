import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { createSession } from '../../../domain/accounts/create-session.ts';
import { localUser } from '../../../domain/admin/local-user.ts';
import { unknown } from '../../../spec/errors.ts';

/** A token with which an administrator acts as a user. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/users/{userId}/login',
  auth: 'admin',
  async handle(ctx, { params, requester }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    await localUser(ctx, p.userId);
    if (p.userId === requester.userId) throw unknown('You are logged in already.');
    const session = await createSession(ctx, { userId: p.userId, initialDeviceDisplayName: 'Server administrator' });
    return { access_token: session.accessToken };
  },
});
