import { z } from 'zod';
import { backUpKeys } from '../../../domain/e2ee/backed-up-keys.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { roomKeyBackup, versionQuery } from './backup-data.ts';

const path = '/_matrix/client/v3/room_keys/keys';

/** Backs up keys of several rooms (client-server API, server-side key backups). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  query: versionQuery,
  body: z.looseObject({ rooms: z.record(z.string(), roomKeyBackup) }),
  async handle(ctx, { requester, query, body }) {
    const rooms = Object.entries(body.rooms).map(([roomId, { sessions }]) => [roomId, sessions]);
    return backUpKeys(ctx, requester.userId, query.version, Object.fromEntries(rooms));
  },
});
