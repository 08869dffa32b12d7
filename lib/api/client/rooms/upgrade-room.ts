import { z } from 'zod';
import { upgradeRoom } from '../../../domain/rooms/upgrade-room.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/rooms/{roomId}/upgrade';

/** Replaces a room with one of another room version. */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  rateLimit: 'roomCreation',
  allowSuspended: false,
  body: z.object({ new_version: z.string(), additional_creators: z.array(z.string()).nullish() }),
  async handle(ctx, { requester, params, body }) {
    const { roomId } = params as { roomId: string };
    const additionalCreators = body.additional_creators ?? [];
    return {
      replacement_room: await upgradeRoom(ctx, requester, { roomId, newVersion: body.new_version, additionalCreators }),
    };
  },
});
