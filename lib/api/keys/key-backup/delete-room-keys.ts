import { deleteKeys } from '../../../domain/e2ee/backed-up-keys.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { versionQuery } from './backup-data.ts';

const path = '/_matrix/client/v3/room_keys/keys/{roomId}';

/** Deletes the backed up keys of one room (client-server API, server-side key backups). */
export default defineEndpoint({
  method: 'DELETE',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  query: versionQuery,
  async handle(ctx, { requester, params, query }) {
    return deleteKeys(ctx, requester.userId, query.version, { roomId: params['roomId'] });
  },
});
