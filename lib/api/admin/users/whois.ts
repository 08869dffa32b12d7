import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { whois } from '../../../domain/admin/whois.ts';

/** Sessions and addresses of a user. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/whois/{userId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    return whois(ctx, p.userId);
  },
});
