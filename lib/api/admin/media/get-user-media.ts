import { localUser } from '../../../domain/admin/local-user.ts';
import { getMediaOfUser } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { nextToken } from '../query.ts';
import { userMediaPage, userMediaQuery } from './user-media-query.ts';

/** Files that a user has uploaded. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/users/{userId}/media',
  auth: 'admin',
  query: userMediaQuery,
  async handle(ctx, { params, query }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    const page = userMediaPage(query);
    const { rows, total } = await getMediaOfUser(ctx.db, userId, page);
    const media = rows.map((file) => ({
      created_ts: file.createdTs,
      last_access_ts: file.lastAccessTs,
      media_id: file.mediaId,
      media_length: file.size,
      media_type: file.contentType,
      quarantined_by: file.quarantinedBy,
      safe_from_quarantine: file.protected,
      upload_name: file.fileName,
    }));
    return { media, total, ...nextToken(page.from, media.length, total) };
  },
});
