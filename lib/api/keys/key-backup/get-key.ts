import { backedUpKey } from '../../../domain/e2ee/backed-up-keys.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { versionQuery } from './backup-data.ts';

const path = '/_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}';

/** One backed up key (client-server API, server-side key backups). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  query: versionQuery,
  async handle(ctx, { requester, params, query }) {
    const { roomId, sessionId } = params as { roomId: string; sessionId: string };
    return backedUpKey(ctx, requester.userId, query.version, { roomId, sessionId });
  },
});
