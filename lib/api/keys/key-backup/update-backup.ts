import { updateBackup } from '../../../domain/e2ee/backups.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { backupDefinition } from './backup-data.ts';

const path = '/_matrix/client/v3/room_keys/version/{version}';

/** Changes a backup's `auth_data` (client-server API, server-side key backups). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  body: backupDefinition,
  async handle(ctx, { requester, params, body }) {
    const change = { algorithm: body.algorithm, authData: body.auth_data, version: body.version };
    await updateBackup(ctx, requester.userId, params['version'] as string, change);
    return {};
  },
});
