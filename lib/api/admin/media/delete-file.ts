import { deleteMedia } from '../../../domain/media/delete-media.ts';
import { mediaLocation } from '../../../domain/media/media-location.ts';
import { notFound, unknown } from '../../../spec/errors.ts';
import { getListedMedia } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Deletes a file of this server. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v1/media/{serverName}/{mediaId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { serverName, mediaId } = mediaLocation(params);
    if (serverName !== ctx.serverName) throw unknown('Can only delete local media');
    const media = await getListedMedia(ctx.db, serverName, mediaId);
    if (!media) throw notFound('There is no such file.');
    const deleted = await deleteMedia(ctx, [media]);
    return { deleted_media: deleted, total: deleted.length };
  },
});
