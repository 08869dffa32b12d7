import { deleteBackup } from '../../../domain/e2ee/backups.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/room_keys/version/{version}';

/** Deletes a backup with its keys (client-server API, server-side key backups). */
export default defineEndpoint({
  method: 'DELETE',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  async handle(ctx, { requester, params }) {
    await deleteBackup(ctx, requester.userId, params['version'] as string);
    return {};
  },
});
