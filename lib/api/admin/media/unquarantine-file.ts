import { mediaLocation } from '../../../domain/media/media-location.ts';
import { unquarantine } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Lets a file be had again, and all with the same bytes. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/media/unquarantine/{serverName}/{mediaId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { serverName, mediaId } = mediaLocation(params);
    await unquarantine(ctx.db, serverName, mediaId);
    return {};
  },
});
