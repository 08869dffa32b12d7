import { mediaLocation } from '../../../domain/media/media-location.ts';
import { notFound } from '../../../spec/errors.ts';
import { getListedMedia } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Facts on a file of this server, or on the copy of one of another. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/media/{serverName}/{mediaId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { serverName, mediaId } = mediaLocation(params);
    const media = await getListedMedia(ctx.db, serverName, mediaId);
    if (!media) throw notFound('There is no such file.');
    return {
      media_info: {
        media_origin: media.userId === null ? serverName : null,
        user_id: media.userId,
        media_id: mediaId,
        media_type: media.contentType,
        media_length: media.size,
        upload_name: media.fileName,
        created_ts: media.createdTs,
        filesystem_id: media.blobKey,
        url_cache: null,
        last_access_ts: media.lastAccessTs,
        quarantined_by: media.quarantinedBy,
        authenticated: media.needsToken,
        safe_from_quarantine: media.protected,
        sha256: media.sha256?.toString('hex') ?? null,
      },
    };
  },
});
