import { readBackup } from '../../../domain/e2ee/read-backup.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { versionQuery } from './backup-data.ts';
import { streamedJson } from './streamed-json.ts';

const path = '/_matrix/client/v3/room_keys/keys';

/** All keys of a backup (client-server API, server-side key backups). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  query: versionQuery,
  async handle(ctx, { requester, query }) {
    return streamedJson(await readBackup(ctx, requester.userId, query.version));
  },
});
