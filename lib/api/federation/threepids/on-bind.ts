import { onThreepidBound } from '../../../domain/threepids/accept-invite.ts';
import { jsonObject } from '../../client/rooms/json-object.ts';
import { defineEndpoint, type Endpoint } from '../../http/endpoint.ts';

/**
 * An identity server tells that somebody has bound an identifier (server-server API, "Third-party invites"). It proves
 * nothing of itself; the invites in it are signed. Older identity servers send it with POST.
 */
export const onBind: Endpoint[] = (['PUT', 'POST'] as const).map((method) =>
  defineEndpoint({
    method,
    path: '/_matrix/federation/v1/3pid/onbind',
    auth: 'none',
    unlisted: method === 'POST',
    rateLimit: 'federation',
    body: jsonObject,
    async handle(ctx, { body }) {
      await onThreepidBound(ctx, body);
      return {};
    },
  }),
);
