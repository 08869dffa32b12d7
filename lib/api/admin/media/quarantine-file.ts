import { mediaLocation } from '../../../domain/media/media-location.ts';
import { quarantine } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Takes a file out of circulation, and all with the same bytes. */
export default defineEndpoint({
  method: 'POST',
  path: '/_synapse/admin/v1/media/quarantine/{serverName}/{mediaId}',
  auth: 'admin',
  async handle(ctx, { params, requester }) {
    await quarantine(ctx.db, [mediaLocation(params)], requester.userId);
    return {};
  },
});
