import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { whois } from '../../../domain/admin/whois.ts';
import { forbidden } from '../../../spec/errors.ts';

/** Sessions and addresses of a user (client-server API, server administration). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/v3/admin/whois/{userId}',
  aliases: ['/_matrix/client/r0/admin/whois/{userId}'],
  auth: 'user',
  async handle(ctx, { params, requester }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    if (p.userId !== requester.userId && !requester.isAdmin) throw forbidden('You are not a server administrator.');
    return whois(ctx, p.userId);
  },
});
