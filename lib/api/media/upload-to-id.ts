import { fillPending } from '../../domain/media/fill-pending.ts';
import { mediaLocation } from '../../domain/media/media-location.ts';
import { defineEndpoint } from '../http/endpoint.ts';
import { readUpload } from './read-upload.ts';

/** Uploads the file of an id that was made before (client-server API, content repository). */
export default defineEndpoint({
  method: 'PUT',
  path: '/_matrix/media/v3/upload/{serverName}/{mediaId}',
  auth: 'user',
  allowSuspended: false,
  async handle(ctx, req) {
    await fillPending(ctx, mediaLocation(req.params), readUpload(ctx, req));
    return {};
  },
});
