import { backupInfo } from '../../../domain/e2ee/backups.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/room_keys/version/{version}';
const current = '/_matrix/client/v3/room_keys/version';

/** A backup, by version or the current one (client-server API, server-side key backups). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: [...versions(path, 'r0', 'unstable'), current, ...versions(current, 'r0', 'unstable')],
  auth: 'user',
  async handle(ctx, { requester, params }) {
    return backupInfo(ctx, requester.userId, params['version']);
  },
});
