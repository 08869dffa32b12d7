import { z } from 'zod';
import { createRoom } from '../../../domain/rooms/create-room.ts';
import { threepidInviteOf } from '../../../domain/threepids/invite-threepid.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from './json-object.ts';

const path = '/_matrix/client/v3/createRoom';

/** Makes a room (client-server API, room creation). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  rateLimit: 'roomCreation',
  allowSuspended: false,
  body: z.object({
    visibility: z.enum(['public', 'private']).nullish(),
    room_alias_name: z.string().nullish(),
    name: z.string().nullish(),
    topic: z.string().nullish(),
    invite: z.array(z.string()).nullish(),
    invite_3pid: z.array(jsonObject).nullish(),
    room_version: z.string().optional(),
    creation_content: jsonObject.nullish(),
    initial_state: z
      .array(z.object({ type: z.string(), state_key: z.string().optional(), content: jsonObject }))
      .nullish(),
    preset: z.enum(['private_chat', 'trusted_private_chat', 'public_chat']).nullish(),
    is_direct: z.boolean().nullish(),
    power_level_content_override: jsonObject.nullish(),
  }),
  async handle(ctx, { requester, body }) {
    const { roomId } = await createRoom(ctx, requester, {
      roomVersion: body.room_version,
      preset: body.preset ?? undefined,
      isPublic: body.visibility === 'public',
      aliasLocalpart: body.room_alias_name ?? undefined,
      name: body.name ?? undefined,
      topic: body.topic ?? undefined,
      invites: body.invite ?? [],
      threepidInvites: (body.invite_3pid ?? []).map(threepidInviteOf),
      creationContent: body.creation_content ?? {},
      initialState: (body.initial_state ?? []).map(({ type, state_key, content }) => ({
        type,
        stateKey: state_key ?? '',
        content,
      })),
      powerLevelOverride: body.power_level_content_override ?? {},
      isDirect: body.is_direct ?? false,
    });
    return { room_id: roomId };
  },
});
