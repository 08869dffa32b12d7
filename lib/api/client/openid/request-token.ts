import { z } from 'zod';
import { requestOpenIdToken } from '../../../domain/openid/openid.ts';
import { forbidden } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/user/{userId}/openid/request_token';

/** Gives out an OpenID token (client-server API, `POST /user/{userId}/openid/request_token`). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  body: z.looseObject({}),
  bodyOptional: true,
  async handle(ctx, { params, requester }) {
    if (params['userId'] !== requester.userId) throw forbidden('You can only have tokens for yourself.');
    return requestOpenIdToken(ctx, requester.userId);
  },
});
