import { z } from 'zod';
import { roomForServer } from '../../../domain/federation/federated-room.ts';
import { acceptThreepidInvite } from '../../../domain/threepids/accept-invite.ts';
import { invalidParam } from '../../../spec/errors.ts';
import { isUserId } from '../../../spec/ids.ts';
import { jsonObject } from '../../client/rooms/json-object.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/**
 * Another server has a user to whom a third-party invite of this server is due (server-server API, `PUT
 * /exchange_third_party_invite/{roomId}`): the invite is made of it.
 */
export default defineEndpoint({
  method: 'PUT',
  path: '/_matrix/federation/v1/exchange_third_party_invite/{roomId}',
  auth: 'federation',
  body: z.looseObject({
    type: z.literal('m.room.member'),
    room_id: z.string(),
    state_key: z.string(),
    sender: z.string(),
    content: z.looseObject({
      membership: z.literal('invite'),
      third_party_invite: z.looseObject({ signed: jsonObject }),
    }),
  }),
  async handle(ctx, { params, body, origin }) {
    const roomId = params['roomId'] as string;
    if (body.room_id !== roomId) throw invalidParam('room_id is another room than the path names.');
    if (!isUserId(body.state_key)) throw invalidParam('state_key is not a user id.');
    await roomForServer(ctx, roomId, origin);
    await acceptThreepidInvite(ctx, roomId, body.state_key, body.content.third_party_invite.signed);
    return {};
  },
});
