import { localUser } from '../../../domain/admin/local-user.ts';
import { deleteMedia } from '../../../domain/media/delete-media.ts';
import { getMediaOfUser } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { userMediaPage, userMediaQuery } from './user-media-query.ts';

/** Deletes files that a user has uploaded: as many as a page of the list has. */
export default defineEndpoint({
  method: 'DELETE',
  path: '/_synapse/admin/v1/users/{userId}/media',
  auth: 'admin',
  query: userMediaQuery,
  async handle(ctx, { params, query }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    const { rows } = await getMediaOfUser(ctx.db, userId, userMediaPage(query));
    const deleted = await deleteMedia(ctx, rows);
    return { deleted_media: deleted, total: deleted.length };
  },
});
