import { backUpKeys } from '../../../domain/e2ee/backed-up-keys.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { keyBackupData, versionQuery } from './backup-data.ts';

const path = '/_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}';

/** Backs up one room key (client-server API, server-side key backups). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  query: versionQuery,
  body: keyBackupData,
  async handle(ctx, { requester, params, query, body }) {
    return backUpKeys(ctx, requester.userId, query.version, {
      [params['roomId'] as string]: { [params['sessionId'] as string]: body },
    });
  },
});
