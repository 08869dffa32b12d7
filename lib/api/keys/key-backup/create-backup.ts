import { createBackup } from '../../../domain/e2ee/backups.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { backupDefinition } from './backup-data.ts';

const path = '/_matrix/client/v3/room_keys/version';

/** Makes a new backup of room keys (client-server API, server-side key backups). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  body: backupDefinition,
  async handle(ctx, { requester, body }) {
    const backup = { algorithm: body.algorithm, authData: body.auth_data };
    return { version: await createBackup(ctx, requester.userId, backup) };
  },
});
