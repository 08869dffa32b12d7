import { mediaLocation } from '../../../domain/media/media-location.ts';
import { notFound } from '../../../spec/errors.ts';
import { setProtected } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Keeps a file of this server from being quarantined. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/media/protect/{mediaId}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { serverName, mediaId } = mediaLocation({ ...params, serverName: ctx.serverName });
    if (!(await setProtected(ctx.db, serverName, mediaId, true))) throw notFound('There is no such file.');
    return {};
  },
});
