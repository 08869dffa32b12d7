import { createPending } from '../../domain/media/create-pending.ts';
import { mxcUri } from '../../domain/media/media-location.ts';
import { defineEndpoint } from '../http/endpoint.ts';

/** Makes an id for a file that is uploaded later (client-server API, content repository). */
export default defineEndpoint({
  method: 'POST',
  path: '/_matrix/media/v1/create',
  auth: 'user',
  allowSuspended: false,
  async handle(ctx, { requester }) {
    const made = await createPending(ctx, requester.userId);
    return { content_uri: mxcUri(made), unused_expires_at: made.expiresTs };
  },
});
